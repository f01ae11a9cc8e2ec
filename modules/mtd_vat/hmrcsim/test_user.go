package hmrcsim

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
)

// services are those that a test organisation can be enrolled for, with the numbers that
// each makes: # is a digit, @ a capital, all else stands for itself.
var services = []struct {
	key, name string
	numbers   map[string]string
}{
	{"corporation-tax", "Corporation Tax", map[string]string{"ctUtr": "##########", "crn": "########"}},
	{"paye-for-employers", "PAYE for Employers", map[string]string{"empRef": "###/@@#####"}},
	{"submit-vat-returns", "Submit VAT Returns", nil},
	{"national-insurance", "National Insurance", map[string]string{"nino": "@@######A"}},
	{"self-assessment", "Self Assessment", map[string]string{"saUtr": "##########"}},
	{"mtd-income-tax", "Making Tax Digital Income Tax", map[string]string{"nino": "@@######A", "mtdItId": "XJIT###########"}},
	{"mtd-vat", "Making Tax Digital VAT", nil},
	{"lisa", "Lifetime ISA", map[string]string{"lisaManagerReferenceNumber": "Z######"}},
	{"secure-electronic-transfer", "HMRC Secure Electronic Transfer", map[string]string{"secureElectronicTransferReferenceNumber": "############"}},
	{"relief-at-source", "Relief at Source", map[string]string{"pensionSchemeAdministratorIdentifier": "A#######"}},
	{"customs-services", "Customs Services", map[string]string{"eoriNumber": "GB############"}},
	{"goods-vehicle-movements", "Goods Vehicle Movements", map[string]string{"eoriNumber": "GB############"}},
	{"import-control-system", "Import Control System", map[string]string{"eoriNumber": "GB############"}},
	{"safety-and-security", "Safety and Security", map[string]string{"eoriNumber": "GB############"}},
	{"common-transit-convention-traders", "Common Transit Convention Traders", map[string]string{"eoriNumber": "GB############"}},
	{"common-transit-convention-traders-legacy", "Common Transit Convention Traders (legacy)", map[string]string{"eoriNumber": "GB############"}},
	{"excise-movement-control-system", "Excise Movement Control System", map[string]string{"exciseNumber": "GB@@#########"}},
	{"modernisation-of-authorisations", "Modernisation of Authorisations", map[string]string{"eoriNumber": "GB############"}},
	{"pillar-2", "Pillar 2", map[string]string{"pillar2Id": "XA#############"}},
}

// createTestUser answers POST create-test-user/organisations. Who is enrolled for VAT can
// sign in at once and act for the number.
func (s *Sim) createTestUser(c *call) answer {
	var wanted struct {
		Services []string `json:"serviceNames"`
	}
	body, err := io.ReadAll(c.Body)
	if err != nil || len(body) > 0 && json.Unmarshal(body, &wanted) != nil {
		return flat(http.StatusBadRequest, "INVALID_REQUEST_PAYLOAD", "Payload format is invalid")
	}
	numbers := map[string]string{}
	vat := false
	for _, key := range wanted.Services {
		i := slices.IndexFunc(services, func(of struct {
			key, name string
			numbers   map[string]string
		}) bool {
			return of.key == key
		})
		if i < 0 {
			return flat(http.StatusBadRequest, "INVALID_REQUEST_PAYLOAD", "Payload format is invalid")
		}
		vat = vat || key == "mtd-vat" || key == "submit-vat-returns"
		for field, form := range services[i].numbers {
			numbers[field] = form
		}
	}
	u := s.newUser(vat)
	return answer{status: http.StatusCreated, body: s.userAnswer(u, numbers, slices.Contains(wanted.Services, "mtd-vat"))}
}

// newUser makes an organisation that nobody has yet.
func (s *Sim) newUser(vat bool) User {
	who := s.id("person")
	first := []string{"Ida", "Amir", "Grace", "Owen", "Nadia", "Rhys", "Mabel", "Tariq"}[who[0]%8]
	last := []string{"Newton", "Okafor", "Whitfield", "Pryce", "Rahman", "Lovell", "Fairley", "Doyle"}[who[1]%8]
	u := User{
		UserID:   digitsOf(who[2:], 12),
		Password: letters(who[14:], 12),
		FullName: first + " " + last,
		Email:    strings.ToLower(first+"."+last) + "@example.com",
		Business: Business{Name: "Company " + strings.ToUpper(letters(who[26:], 3)) + who[30:33]},
	}
	if vat {
		for u.Business.VRN == "" || s.state.Accounts[u.Business.VRN] != nil {
			u.Business.VRN = vatNumber(s.digits("vrn", 7))
		}
	}
	s.enrol(u)
	return u
}

// letters turns the hexadecimal digits of an id into small letters.
func letters(id string, n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = 'a' + (id[i]*7+id[i+1])%26
	}
	return string(out)
}

// vatNumber adds the two check digits: the weighted sum and they make a multiple of 97.
func vatNumber(seven string) string {
	sum := 0
	for i := range 7 {
		sum += int(seven[i]-'0') * (8 - i)
	}
	check := 97 - sum%97
	return seven + string(rune('0'+check/10)) + string(rune('0'+check%10))
}

func (s *Sim) userAnswer(u User, numbers map[string]string, registered bool) map[string]any {
	first, last, _ := strings.Cut(u.FullName, " ")
	address := func(line1, line2 string) map[string]any {
		return map[string]any{"line1": line1, "line2": line2, "postcode": "TS1 1PA"}
	}
	out := map[string]any{
		"userId": u.UserID, "password": u.Password, "userFullName": u.FullName, "emailAddress": u.Email,
		"organisationDetails": map[string]any{"name": u.Business.Name, "address": address("1 Abbey Road", "Aberdeen")},
		"individualDetails": map[string]any{"firstName": first, "lastName": last, "dateOfBirth": "1960-06-01",
			"address": address("45 Springfield Rise", "Glasgow")},
	}
	if vrn := u.Business.VRN; vrn != "" {
		out["vrn"] = vrn
		if registered {
			out["vatRegistrationDate"] = day(s.state.Accounts[vrn].Registered)
		}
	}
	for field, form := range numbers {
		out[field] = fill(form, s.id(field))
	}
	return out
}

// fill replaces the signs of a form with digits and capitals out of an id.
func fill(form, id string) string {
	digits, capitals := digitsOf(id, len(form)), strings.ToUpper(letters(id, len(form)))
	out := []byte(form)
	for i := range out {
		switch out[i] {
		case '#':
			out[i] = digits[i]
		case '@':
			out[i] = capitals[i]
		}
	}
	return string(out)
}

// testUserServices answers GET create-test-user/services.
func (s *Sim) testUserServices(*call) answer {
	type service struct {
		Key   string   `json:"key"`
		Name  string   `json:"name"`
		Types []string `json:"allowedUserTypes"`
	}
	out := make([]service, len(services))
	for i, of := range services {
		out[i] = service{of.key, of.name, []string{"ORGANISATION"}}
	}
	return ok(out)
}

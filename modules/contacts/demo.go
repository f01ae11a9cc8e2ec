package contacts

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/tessera-erp/tessera/app/load"
)

// The demo's partners are made, not written down: the same ones every time. A third are
// companies, the others people, most of whom work for one. All addresses end in
// .example, and the telephone numbers are those that regulators keep for fiction.
const (
	demoCompanies = 110
	demoPeople    = 200
)

// place is a town of a country, with how its telephone numbers begin.
type place struct{ country, city, zip, phone string }

var (
	british = []place{
		{"GB", "London", "EC2A 4NE", "+44 20 7946 0"}, {"GB", "Manchester", "M1 4BT", "+44 161 496 0"}, {"GB", "Bristol", "BS1 5TY", "+44 117 496 0"},
		{"GB", "Leeds", "LS1 6DT", "+44 113 496 0"}, {"GB", "Edinburgh", "EH2 2AN", "+44 131 496 0"}, {"GB", "Cardiff", "CF10 1EP", "+44 29 2018 0"},
		{"GB", "Glasgow", "G2 1DY", "+44 141 496 0"}, {"GB", "Sheffield", "S1 2GH", "+44 114 496 0"},
	}
	european = []place{
		{"IE", "Dublin", "D02 X285", "+353 20 915 0"}, {"NL", "Utrecht", "3511 LX", "+31 30 555 0"}, {"BE", "Gent", "9000", "+32 9 555 0"},
		{"DE", "Hamburg", "20095", "+49 40 66969 0"}, {"DE", "Leipzig", "04109", "+49 341 555 0"}, {"ES", "Valencia", "46001", "+34 960 555 0"},
	}
	french = []place{
		{"FR", "Lyon", "69002", "+33 4 65 71 0"}, {"FR", "Paris", "75011", "+33 1 99 00 0"}, {"FR", "Lille", "59800", "+33 3 53 01 0"},
		{"FR", "Nantes", "44000", "+33 2 61 91 0"}, {"FR", "Bordeaux", "33000", "+33 5 36 49 0"}, {"BE", "Namur", "5000", "+32 81 55 50"},
	}
	families   = strings.Fields("Ashdown Barlow Calder Denholm Eastwood Fairley Garrick Holloway Ibbotson Jarvis Kershaw Lockwood Marlow Norcott Ormerod Pemberton Quill Rosedale Selwyn Thornton Underhill Vance Whitlock Yardley Almeida Becker Clairmont Delacroix Esteve Fournier Girard Hennebique Janssen Keller Lambert Moreau Novak Olivier Perrin Roussel Savary Thibault Vasseur Wouters")
	givenNames = strings.Fields("Amara Benoît Clara David Élise Farah George Hannah Idris Jeanne Karim Lucy Mathieu Nadia Oliver Paula Quentin Rosa Samir Thérèse Ursula Victor Wendy Yann Zoë Aidan Brigitte Conor Daphne Étienne")
	trades     = []string{"Bakers", "Builders' Merchants", "Interiors", "Kitchens", "Stationers", "Wine Merchants", "Garden Supplies", "Hotels", "Timber", "Lighting", "Bicycles", "Bookshops", "Ceramics", "Textiles", "Catering"}
	streets    = []string{"Mill Lane", "Station Road", "Quay Street", "High Street", "Chapel Walk", "Victoria Road", "Market Place", "Canal Side", "rue du Port", "rue des Halles", "place du Marché", "Lange Straat"}
)

// demoPartners makes the records; the seed is fixed.
func demoPartners() []load.Record {
	d := &demoMaker{rand: rand.New(rand.NewPCG(8069, 2026))}
	for i := range demoCompanies {
		d.company(i)
	}
	for i := range demoPeople {
		d.person(i)
	}
	return d.records
}

type demoMaker struct {
	rand    *rand.Rand
	records []load.Record
	homes   []home
}

// home is what a person shares with the company that he works for.
type home struct {
	id, domain, owner string
	at                place
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// company makes a company. Every third belongs to the French house, every tenth to none,
// so that each demo user sees some and not others.
func (d *demoMaker) company(i int) {
	owner, towns := "main", british
	switch {
	case i%10 == 9:
		owner, towns = "", european
	case i%3 == 2:
		owner, towns = "france", french
	case i%7 == 3:
		towns = european
	}
	at := pick(d.rand, towns)
	family := families[i%len(families)]
	trade := trades[(i*7)%len(trades)]
	name := family + " " + trade
	if i >= len(families) {
		name = family + " & " + families[(i*5+1)%len(families)] + " " + trade
	}
	domain := slug(name) + ".example"
	id := fmt.Sprintf("partner_company_%03d", i+1)
	tags := []any{[]any{"wholesale", "retail", "hospitality"}[i%3]}
	if i%8 == 1 {
		tags = append(tags, "supplier")
	}
	if i%16 == 4 {
		tags = append(tags, "public_sector")
	}
	values := d.address(at)
	values["name"], values["ref"], values["is_company"] = name, fmt.Sprintf("C%04d", 1001+i), true
	values["email"], values["website"] = "office@"+domain, "https://"+domain
	values["vat"] = fmt.Sprintf("%s%09d", at.country, 100000000+d.rand.IntN(900000000))
	values["tags"], values["credit_limit"] = tags, fmt.Sprint([]int{0, 1000, 2500, 5000, 10000, 15000, 25000}[d.rand.IntN(7)])
	values["salesperson"], values["company"] = []any{"anna", "anna", "admin"}[i%3], orNil(owner)
	if owner == "france" {
		values["salesperson"] = "admin"
	}
	if i%12 == 5 {
		values["note"] = "Pays late; ask before raising the limit."
	}
	d.add(id, values)
	d.homes = append(d.homes, home{id: id, domain: domain, owner: owner, at: at})
}

// person makes a person; four of five work for one of the companies.
func (d *demoMaker) person(i int) {
	given, family := givenNames[i%len(givenNames)], families[(i*11+3)%len(families)]
	h := home{domain: "mail.example", owner: []string{"main", "main", "france"}[i%3], at: pick(d.rand, [][]place{british, british, french}[i%3])}
	if i%5 != 4 {
		h = d.homes[(i*3)%len(d.homes)]
	}
	values := d.address(h.at)
	values["name"], values["ref"] = given+" "+family, fmt.Sprintf("P%04d", 1001+i)
	values["email"] = fmt.Sprintf("%s.%s%d@%s", slug(given), slug(family), i+1, h.domain)
	values["company"], values["parent"] = orNil(h.owner), orNil(h.id)
	if h.id == "" {
		values["tags"], values["credit_limit"] = []any{"retail"}, "500"
	}
	if i%40 == 17 {
		values["tags"] = []any{"press"}
	}
	values["active"] = i%50 != 49
	d.add(fmt.Sprintf("partner_person_%03d", i+1), values)
}

func (d *demoMaker) address(at place) map[string]any {
	street := fmt.Sprintf("%d %s", 1+d.rand.IntN(180), pick(d.rand, streets))
	return map[string]any{"street": street, "city": at.city, "zip": at.zip, "country": at.country, "phone": fmt.Sprintf("%s%03d", at.phone, d.rand.IntN(1000))}
}

func (d *demoMaker) add(id string, values map[string]any) {
	d.records = append(d.records, load.Record{Model: "contacts.partner", ID: id, Values: values})
}

func orNil(id string) any {
	if id == "" {
		return nil
	}
	return id
}

var plain = strings.NewReplacer("é", "e", "è", "e", "É", "e", "î", "i", "ë", "e", "ô", "o", " & ", "-", " ", "-", "'", "")

// slug writes a name as part of an address.
func slug(name string) string { return strings.ToLower(plain.Replace(name)) }

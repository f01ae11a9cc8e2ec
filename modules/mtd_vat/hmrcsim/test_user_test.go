package hmrcsim_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrcsim"
)

// A created organisation can sign in at once and act for its number.
func TestCreateTestUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own := w.token("grant_type", "client_credentials").Access
	create := func(body string) result {
		return w.call(own, http.MethodPost, "/create-test-user/organisations", body)
	}
	got := create(`{"serviceNames":["mtd-vat"]}`).want(t, 201, "")
	var user struct{ UserID, Password, VRN, VATRegistrationDate string }
	if err := json.Unmarshal([]byte(got.text), &user); err != nil {
		t.Fatal(err)
	}
	weighted := 0
	for i := range 7 {
		weighted += int(user.VRN[i]-'0') * (8 - i)
	}
	if check := int(user.VRN[7]-'0')*10 + int(user.VRN[8]-'0'); (weighted+check)%97 != 0 || user.VATRegistrationDate == "" {
		t.Errorf("the VAT number %s fails its check, or has no date: %s", user.VRN, got.text)
	}
	w.call(w.connect(user.UserID, user.Password).Access, http.MethodGet, obligationsOf(user.VRN), "").want(t, 200, "")
	if bare := create(`{"serviceNames":[]}`).want(t, 201, ""); strings.Contains(bare.text, "vrn") {
		t.Errorf("without a service there is a number: %s", bare.text)
	}
	create(`{"serviceNames":["mtd-cakes"]}`).want(t, 400, "INVALID_REQUEST_PAYLOAD")
	create(`nonsense`).want(t, 400, "INVALID_REQUEST_PAYLOAD")
}

// With every service the answer has every number, and is as the description says.
func TestCreateTestUserDescribed(t *testing.T) {
	t.Parallel()
	doc := openDescription(filepath.Join("create-test-user", "application.yaml"))
	if doc == nil {
		t.Skip("needs the published data beside the repository")
	}
	request, err := os.ReadFile(filepath.Join(data, "create-test-user", "examples", "create-organisation-request.json"))
	if err != nil {
		t.Fatal(err)
	}
	var example map[string]any
	published(t, filepath.Join("create-test-user", "examples", "create-organisation-response.json"), &example)
	w := newWorld(t)
	own := w.token("grant_type", "client_credentials").Access
	got := w.call(own, http.MethodPost, "/create-test-user/organisations", string(request)).want(t, 201, "")
	var made map[string]any
	if err := json.Unmarshal([]byte(got.text), &made); err != nil {
		t.Fatal(err)
	}
	for name := range example {
		if made[name] == nil && name != "taxPayerType" {
			t.Errorf("the answer has no %s: %s", name, got.text)
		}
	}
	for method, path := range map[string]string{http.MethodPost: "/create-test-user/organisations", http.MethodGet: "/create-test-user/services"} {
		r, err := http.NewRequest(method, "http://x"+path, bytes.NewReader(request))
		if err != nil {
			t.Fatal(err)
		}
		answer := got
		if method == http.MethodGet {
			answer = w.call(own, method, path, "")
		}
		route, params := routeOf(doc, r)
		validate(t, r, route, params, answer)
	}
}

// Users are replaced by their id.
func TestAddUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.AddUser(hmrcsim.User{UserID: "412096873315", Password: "changed", Business: hmrcsim.Business{Name: "New", VRN: "777000111"}})
	w.call(w.connect("412096873315", "changed").Access, http.MethodGet, obligationsOf("777000111"), "").want(t, 200, "")
}

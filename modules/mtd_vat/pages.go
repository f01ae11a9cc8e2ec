package mtdvat

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/app/wizard"
	"github.com/tessera-erp/tessera/modules/accounting"
	"github.com/tessera-erp/tessera/modules/base"
	oauthconsumer "github.com/tessera-erp/tessera/modules/oauth_consumer"
	"github.com/tessera-erp/tessera/ui"
)

const receiptsPath = "/vat-returns"

func receiptPath(id int64) string {
	return receiptsPath + "/" + strconv.FormatInt(id, 10) + "/receipt.txt"
}

func routes() []web.Route {
	return []web.Route{{Kind: web.User, Method: http.MethodGet, Path: receiptsPath + "/:id/receipt.txt", Handle: receiptShow}}
}

// receiptShow is GET /vat-returns/<id>/receipt.txt: the receipt as a file.
func receiptShow(c *web.Ctx) error {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return fault.New(fault.NotFound, "There is no such VAT return.").Keyed("mtd_vat.noreturn", nil)
	}
	r, err := record.Get[Return](c.Env, id)
	if err != nil {
		return err
	}
	company, err := record.Get[base.Company](c.Env, int64(r.CompanyID))
	if err != nil {
		return err
	}
	row, err := record.RowOf(c.Env.Sudo("who filed a VAT return"), "mtd_vat.return", id, []string{"submitted_by"})
	if err != nil {
		return err
	}
	who := ""
	if v, _ := row.Value("submitted_by"); v != nil {
		if by, ok := v.(*record.Ref); ok && by != nil {
			who = by.Name
		}
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n%s · %s\n", c.T("mtd_vat.receipt.card"), company.Name, r.VRN)
	if r.Environment == oauthconsumer.Sandbox {
		fmt.Fprintf(&out, "%s\n", c.T("mtd_vat.sandbox"))
	}
	out.WriteString("\n")
	for _, f := range receiptFacts(c.Print, time.UTC, r, who) {
		fmt.Fprintf(&out, "%s: %s\n", f.Name, f.Value)
	}
	fmt.Fprintf(&out, "\n%s\n\n%s\n", r.DeclarationAsked, bodyOf(r))
	h := c.Response().Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="vat-return-`+string(r.Starts)+`-receipt.txt"`)
	c.Response().WriteHeader(http.StatusOK)
	_, err = c.Response().Write([]byte(out.String()))
	return err
}

// headReturn is the name of what stands beside the title of a return.
const headReturn = "mtd_vat.return"

// returnHead marks a return that went to a sandbox.
func returnHead(c *web.Ctx, id int64) (web.Head, error) {
	r, err := record.Get[Return](c.Env, id)
	out := web.Head{Tile: &ui.Tile{Icon: "receipt", Hue: ui.HueAccounting}}
	if r.Environment == oauthconsumer.Sandbox {
		out.Tags = []ui.Tag{{Text: c.T("mtd_vat.sandbox"), Tone: ui.ToneWarn, Icon: "flag"}}
	}
	return out, err
}

// due lists the returns whose period is over and that nobody has filed, for the home
// page of whoever may file them.
func due(c *web.Ctx) ([]web.Waiting, error) {
	if !c.Env.Member(accounting.GroupManager) {
		return nil, nil
	}
	v, err := accounting.RegistrationOf(c.Env, c.Env.Company)
	if err != nil || v.VRN == "" || !v.Registered() {
		return nil, err
	}
	today := c.Env.Now.Format(time.DateOnly)
	open, err := record.Find[accounting.Period](c.Env, record.Query{Order: "starts", Limit: 4, Filter: domain.And{
		domain.Cond{Path: "company", Op: domain.Eq, Value: c.Env.Company}, domain.Cond{Path: "state", Op: domain.Eq, Value: accounting.Open},
		domain.Cond{Path: "ends", Op: domain.Lt, Value: today}}})
	if err != nil {
		return nil, err
	}
	var out []web.Waiting
	for _, p := range open {
		out = append(out, web.Waiting{Icon: "receipt", Hue: "accounting", Action: c.T("mtd_vat.file"),
			Title: c.T("mtd_vat.home.title", "Period", spanText(c.Print, p.Starts, p.Ends)), Sub: c.T("mtd_vat.due", "Date", dayText(c.Print, p.Due)),
			URL: wizard.StartPath(WizardName) + "?period=" + string(p.Starts) + "/" + string(p.Ends)})
	}
	return out, nil
}

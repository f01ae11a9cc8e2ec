package hr

import (
	"fmt"
	"strings"

	"github.com/tessera-erp/tessera/app/load"
)

// team is a department of a demo company: who leads it, and the jobs of those in it.
type team struct {
	lead string   // external id of the one who leads it
	jobs []string // of the others, each filled so many times as it stands here
}

// staff is a demo company: the teams report to its head.
type staff struct {
	company, mail, head string
	teams               []team
	given, families     []string
}

// demoStaff are the teams around the employees of demo/hr.yaml.
var demoStaff = []staff{
	{company: "main", mail: "harrowvale.example", head: "employee_priya",
		teams: []team{
			{lead: "employee_anna", jobs: []string{"Account manager", "Account manager", "Account manager", "Sales assistant", "Sales assistant"}},
			{lead: "employee_marc", jobs: []string{"Bookkeeper", "Payroll clerk", "Credit controller"}},
			{lead: "employee_warehouse", jobs: []string{"Shift lead", "Picker", "Picker", "Picker", "Picker", "Driver", "Driver", "Goods-in clerk"}},
			{lead: "employee_purchasing", jobs: []string{"Buyer", "Buyer", "Quality inspector"}},
		},
		given:    strings.Fields("Oliver Amelia Idris Grace Callum Freya Nikhil Ruth Owen Maeve Tomasz Hazel Kwame Elsie Rhys Leila Duncan Imogen Joseph"),
		families: strings.Fields("Ashby Barrow Chaudhry Dunmore Ellery Foxley Grealish Hartwell Inglis Jessop Kendrick Lomax Mistry Nettleton Okafor Prentice Rowntree Stavely Tranter")},
	{company: "france", mail: "fr.harrowvale.example", head: "employee_lyon",
		teams: []team{
			{lead: "employee_lyon_sales", jobs: []string{"Account manager", "Account manager", "Sales assistant"}},
			{lead: "employee_lyon_warehouse", jobs: []string{"Shift lead", "Picker", "Picker", "Driver"}},
		},
		given:    strings.Fields("Inès Mathis Camille Bastien Noémie Théo Aurore Rémi Chloé"),
		families: strings.Fields("Aubertin Belmont Charrier Delorme Escoffier Faucher Gauthier Hervieu Jourdan")},
}

// demoEmployees makes the employees who need no name of their own in other files: the
// same ones every time.
func demoEmployees() []load.Record {
	var out []load.Record
	for _, s := range demoStaff {
		n := 0
		for _, t := range s.teams {
			for _, job := range t.jobs {
				given, family := s.given[n%len(s.given)], s.families[(n*7+2)%len(s.families)]
				n++
				out = append(out, load.Record{Model: "hr.employee", ID: fmt.Sprintf("employee_%s_%02d", s.company, n), Values: map[string]any{
					"name": given + " " + family, "job_title": job, "email": plain(given) + "." + plain(family) + "@" + s.mail,
					"company": s.company, "manager": t.lead,
				}})
			}
		}
	}
	return out
}

var accents = strings.NewReplacer("é", "e", "è", "e", "î", "i")

func plain(name string) string { return strings.ToLower(accents.Replace(name)) }

package accounting

import "github.com/tessera-erp/tessera/app/record"

// article is a line of a demo document: hundredths of a piece, pence or cents.
type article struct {
	name     string
	quantity int64
	price    record.Money
	tax      string
}

// template is a document that a demo company writes or gets again and again: how often in
// the first quarter of its books, and in the second. What these come to is worked out by
// hand in testdata/demo_boxes.txt.
type template struct {
	kind  string
	who   pool
	times [2]int
	lines []article
}

// pool is whom a demo document is for.
type pool string

const (
	customers pool = "customers"
	abroad    pool = "abroad"
	suppliers pool = "suppliers"
	persons   pool = "persons" // without a VAT number
)

var britishBooks = []template{
	{Sale, customers, [2]int{60, 64}, []article{{"Oak shelf, 120 cm", 10_00, 48_50, "GB-S"}, {"Delivery", 1_00, 15_00, "GB-S"}}},
	{Sale, customers, [2]int{22, 24}, []article{{"Linen tablecloth", 20_00, 42_00, "GB-S"}, {"Stoneware plate", 40_00, 9_75, "GB-S"}}},
	{Sale, customers, [2]int{10, 11}, []article{{"Merchant's handbook", 12_00, 24_99, "GB-Z"}, {"Delivery", 1_00, 7_50, "GB-S"}}},
	{Sale, customers, [2]int{6, 7}, []article{{"Insulation board, m²", 18_25, 17_35, "GB-R"}}},
	{Sale, customers, [2]int{2, 2}, []article{{"Course: caring for oak", 1_00, 450_00, "GB-E"}}},
	{Sale, abroad, [2]int{2, 3}, []article{{"Interior design for a hotel", 1_00, 1_200_00, "GB-SVC"}}},
	{Sale, abroad, [2]int{3, 3}, []article{{"Stoneware bowl", 60_00, 12_40, "GB-EXP"}}},
	{Sale, customers, [2]int{4, 5}, []article{{"Sample card, oak", 1_00, 33, "GB-S"}, {"Sample card, pine", 1_00, 33, "GB-S"}, {"Sample card, linen", 1_00, 33, "GB-S"}}},
	{Sale, customers, [2]int{2, 2}, []article{{"Shop fitting, hours", 40_00, 45_00, "GB-DRC"}}},
	{Sale, abroad, [2]int{1, 1}, []article{{"Wool throw, from Belfast", 15_00, 65_00, "GB-NIS"}}},
	{CreditNote, customers, [2]int{3, 4}, []article{{"Oak shelf, 120 cm, returned", 2_00, 48_50, "GB-S"}}},
	{CreditNote, customers, [2]int{1, 1}, []article{{"Merchant's handbook, returned", 2_00, 24_99, "GB-Z"}}},
	{Bill, suppliers, [2]int{26, 26}, []article{{"Oak board", 30_00, 22_40, "GB-S"}}},
	{Bill, suppliers, [2]int{13, 13}, []article{{"Courier, weekly account", 1_00, 58_35, "GB-S"}}},
	{Bill, suppliers, [2]int{3, 3}, []article{{"Rent of the shop", 1_00, 2_400_00, "GB-S"}}},
	{Bill, suppliers, [2]int{3, 3}, []article{{"Heating oil, small delivery", 1_00, 186_40, "GB-R"}}},
	{Bill, suppliers, [2]int{3, 3}, []article{{"Insurance", 1_00, 312_50, "GB-E"}}},
	{Bill, suppliers, [2]int{4, 4}, []article{{"Merchant's handbook, for sale", 50_00, 13_20, "GB-Z"}}},
	{Bill, suppliers, [2]int{3, 3}, []article{{"Business rates", 1_00, 890_00, "GB-O"}}},
	{Bill, abroad, [2]int{3, 2}, []article{{"Advertising", 1_00, 640_00, "GB-RC"}}},
	{Bill, persons, [2]int{0, 1}, []article{{"Photographs for the catalogue", 1_00, 640_00, "GB-RC"}}},
	{Bill, abroad, [2]int{2, 3}, []article{{"Stoneware, crates", 400_00, 6_10, "GB-PVA"}}},
	{Bill, abroad, [2]int{1, 1}, []article{{"Brass fittings", 1_00, 1_850_00, "GB-IMP"}}},
	{Bill, suppliers, [2]int{1, 1}, []article{{"Import VAT, certificate C79", 1_00, 370_00, "GB-C79"}}},
	{Bill, suppliers, [2]int{2, 2}, []article{{"Subcontracted fitting, hours", 16_00, 38_00, "GB-DRC"}}},
	{Bill, abroad, [2]int{1, 1}, []article{{"Linen from Ghent, to Belfast", 25_00, 18_00, "GB-NIA"}}},
	{Refund, suppliers, [2]int{2, 2}, []article{{"Oak board, returned", 3_00, 22_40, "GB-S"}}},
}

// The one bill that came after its quarter was closed, and what is left to do.
var (
	britishLate   = template{Bill, suppliers, [2]int{0, 1}, []article{{"Telephone and internet", 1_00, 84_00, "GB-S"}}}
	britishDrafts = []template{
		{Sale, customers, [2]int{0, 1}, []article{{"Desk lamp", 4_00, 58_90, "GB-S"}}},
		{Bill, suppliers, [2]int{0, 1}, []article{{"Cleaning of the shop", 1_00, 120_00, "GB-S"}}},
	}
)

var frenchBooks = []template{
	{Sale, customers, [2]int{18, 20}, []article{{"Étagère en chêne, 120 cm", 10_00, 54_00, "FR-20"}, {"Livraison", 1_00, 18_00, "FR-20"}}},
	{Sale, customers, [2]int{6, 6}, []article{{"Pose, heure", 8_00, 45_00, "FR-10"}}},
	{Sale, customers, [2]int{5, 6}, []article{{"Manuel du négociant", 12_00, 27_50, "FR-5.5"}}},
	{Sale, customers, [2]int{2, 2}, []article{{"Abonnement à la revue du chêne", 10_00, 7_90, "FR-2.1"}}},
	{CreditNote, customers, [2]int{1, 2}, []article{{"Étagère en chêne, 120 cm, retour", 1_00, 54_00, "FR-20"}}},
	{Bill, suppliers, [2]int{9, 9}, []article{{"Planche de chêne", 25_00, 24_60, "FR-20"}}},
	{Bill, suppliers, [2]int{3, 3}, []article{{"Assurance", 1_00, 284_00, "FR-E"}}},
}

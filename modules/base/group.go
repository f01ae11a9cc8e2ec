package base

import (
	"slices"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
)

// Group is an access group: those that modules declare, and those that an administrator
// makes of them.
type Group struct {
	record.Meta
	Code     string
	Name     string
	Category string
	Help     string
	Implied  []int64 `gorm:"-"`
}

func defineGroup(r *record.Registry) {
	record.Define[Group](r, record.Model{
		Name: "base.group", Label: "Access group", Plural: "Access groups", Icon: "shield", Hue: "settings",
		Aliases: []string{"res.groups"},
		Key:     "code",
		Fields: []record.Field{
			{Name: "name", Label: "Name", Type: record.Text, Required: true, Translate: true},
			{Name: "code", Label: "Code", Help: "How load files and filters name the group.", Type: record.Code, Required: true, Unique: true, NoCopy: true},
			{Name: "category", Label: "Category", Type: record.Text, Translate: true},
			{Name: "help", Label: "What it allows", Type: record.Multiline, Translate: true},
			{Name: "implied", Label: "Includes", Help: "Whoever is in this group is in these too.", Type: record.Many2Many, Model: "base.group"},
		},
		List:   record.List{Columns: []string{"name", "code", "category", "implied"}, Order: "category, name"},
		Search: record.Search{Fields: []string{"name", "code"}},
		Form: record.Form{Sub: "code", Tabs: []record.Tab{{Name: "group", Label: "Group", Groups: []record.Group{
			{Name: "group", Label: "Group", Fields: []string{"name", "code", "category", "help"}},
			{Name: "implied", Label: "Includes", Fields: []string{"implied"}},
		}}}},
		Access: []record.Access{
			{Group: GroupUser, Read: true},
			{Group: GroupAdmin, Read: true, Create: true, Write: true, Delete: true},
		},
	})
	record.BeforeSave(r, keepDeclared)
	record.AfterSave(r, func(e *record.Env, g *Group) error {
		if slices.Equal(record.Original(e, g).Implied, g.Implied) {
			return nil
		}
		return refreshCodes(e)
	})
	record.BeforeDelete(r, func(e *record.Env, g *Group) error {
		if declared(e, g.Code) {
			return fault.New(fault.Conflict, "The group %q belongs to a module and cannot be deleted.", g.Code).
				Keyed("base.group.declared.delete", map[string]any{"Group": g.Code})
		}
		return nil
	})
}

func declared(e *record.Env, code string) bool {
	return slices.ContainsFunc(e.Registry().AllGroups(), func(d record.GroupDef) bool { return d.Code == code })
}

// keepDeclared refuses another code for a group that a module declares.
func keepDeclared(e *record.Env, g *Group) error {
	was := record.Original(e, g)
	if was.ID != 0 && was.Code != g.Code && declared(e, was.Code) {
		return fault.New(fault.Invalid, "The group %q belongs to a module and keeps its code.", was.Code).On("code").
			Keyed("base.group.declared.code", map[string]any{"Group": was.Code})
	}
	return nil
}

// closure returns the codes of groups with everything they imply, sorted.
func closure(e *record.Env, groups []int64) (record.Strings, error) {
	all, err := record.Find[Group](e.Sudo("groups of a user"), record.Query{Order: "id"})
	if err != nil {
		return nil, err
	}
	return expand(all, groups), nil
}

func expand(all []Group, groups []int64) record.Strings {
	byID := map[int64]Group{}
	for _, g := range all {
		byID[g.ID] = g
	}
	seen := map[int64]bool{}
	var codes record.Strings
	var walk func(ids []int64)
	walk = func(ids []int64) {
		for _, id := range ids {
			if g, ok := byID[id]; ok && !seen[id] {
				seen[id] = true
				codes = append(codes, g.Code)
				walk(g.Implied)
			}
		}
	}
	walk(groups)
	slices.Sort(codes)
	return codes
}

// refreshCodes writes the group codes of every user anew where they have changed. They
// only repeat what the groups say, so it makes no version and no audit line.
func refreshCodes(e *record.Env) error {
	e = e.Sudo("groups changed")
	all, err := record.Find[Group](e, record.Query{Order: "id"})
	if err != nil {
		return err
	}
	users, err := record.Find[User](e, record.Query{Order: "id", Archived: true})
	if err != nil {
		return err
	}
	return e.Database().DB.Write(e.Context, func(tx *db.Tx) error {
		for _, u := range users {
			codes := expand(all, u.Groups)
			if slices.Equal(codes, u.GroupCodes) {
				continue
			}
			if _, err := tx.Exec("UPDATE base_user SET group_codes = ? WHERE id = ?", codes, u.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// syncGroups makes rows of the groups that the modules declare, with their texts in every
// language. What an administrator has let them include in addition stays.
func syncGroups(e *record.Env, app *web.Application) error {
	return e.Write(func(in *record.Env) error {
		ids := map[string]int64{}
		there, err := record.Find[Group](in, record.Query{Order: "id"})
		if err != nil {
			return err
		}
		for _, d := range in.Registry().AllGroups() {
			g := Group{Code: d.Code}
			if at := slices.IndexFunc(there, func(g Group) bool { return g.Code == d.Code }); at >= 0 {
				g = there[at]
			}
			g.Name, g.Category, g.Help = d.Name, d.Category, d.Help
			if err := saveGroup(in, &g, d, app.Texts); err != nil {
				return err
			}
			ids[d.Code] = g.ID
		}
		return linkGroups(in, ids)
	})
}

// linkGroups adds what the declarations say that each group includes.
func linkGroups(e *record.Env, ids map[string]int64) error {
	for _, d := range e.Registry().AllGroups() {
		g, err := record.Get[Group](e, ids[d.Code])
		if err != nil {
			return err
		}
		for _, code := range d.Implies {
			if id := ids[code]; id != 0 && !slices.Contains(g.Implied, id) {
				g.Implied = append(g.Implied, id)
			}
		}
		if err := record.Save(e, &g); err != nil {
			return err
		}
	}
	return refreshCodes(e)
}

func saveGroup(e *record.Env, g *Group, d record.GroupDef, texts *i18n.Bundle) error {
	if err := record.Save(e, g); err != nil {
		return err
	}
	if err := record.SetExternalID(e, "base.group", g.Code, g.ID); err != nil {
		return err
	}
	for _, lang := range i18n.Languages[1:] {
		print := texts.For(lang)
		for field, text := range map[string]string{
			"name":     print.Or("group."+g.Code, ""),
			"help":     print.Or("group."+g.Code+".help", ""),
			"category": print.Or(d.CategoryKey(), ""),
		} {
			if err := record.SetTranslation(e, "base.group", g.ID, field, lang, text); err != nil {
				return err
			}
		}
	}
	return nil
}

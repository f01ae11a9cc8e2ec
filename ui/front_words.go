package ui

import "strconv"

func errorOf(errors []FieldError, name string) string {
	for _, e := range errors {
		if e.Name == name {
			return e.Text
		}
	}
	return ""
}

func consentAsks(v Consent) string {
	if v.Company == "" {
		return v.Page.t("ui.consent.asks")
	}
	return v.Page.t("ui.consent.asks_of", "Company", v.Company)
}

// news is the scope as the page marks it: new ones only for who was asked before.
func news(v Consent, s ConsentScope) ConsentScope {
	s.New = s.New && v.Known
	return s
}

func consentFields(p Page, s ConsentScope) string {
	if s.Fields == "" {
		return p.t("ui.consent.sees_ids")
	}
	return p.t("ui.consent.sees", "Fields", s.Fields)
}

func consentRecords(p Page, s ConsentScope) string {
	if s.More {
		return p.t("ui.consent.records_more", "Count", s.Records)
	}
	return p.t("ui.consent.records", "Count", s.Records)
}

// failureWords are the catalogued words of a status; others borrow from their class.
func failureWords(status int) string {
	switch status {
	case 400, 401, 403, 404, 405, 409, 413, 429, 500, 503:
		return "ui.error." + strconv.Itoa(status)
	}
	if status >= 400 && status < 500 {
		return "ui.error.400"
	}
	return "ui.error.500"
}

// failureIcon pictures whose turn it is: the reader's, or ours.
func failureIcon(status int) string {
	switch status {
	case 401, 403:
		return "lock"
	case 404:
		return "search"
	case 409:
		return "users"
	case 429:
		return "clock"
	case 503:
		return "refresh"
	}
	if status >= 500 {
		return "bolt"
	}
	return "alert"
}

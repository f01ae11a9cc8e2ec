package web

import "strings"

// LocalPath returns next when it is a path on this host, with its query, and "/" for
// everything that a browser could take for another place: a scheme, two slashes, a
// backslash (browsers read it as a slash), white space and control characters (browsers
// drop some of them).
func LocalPath(next string) string {
	if !isLocal(next) {
		return "/"
	}
	return next
}

func isLocal(next string) bool {
	if next == "" || next[0] != '/' || len(next) > maxQuery {
		return false
	}
	if len(next) > 1 && next[1] == '/' {
		return false
	}
	return !strings.ContainsFunc(next, func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f || r == 0xfffd })
}

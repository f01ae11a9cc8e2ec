package ui

import (
	"slices"
	"strings"
)

// treeOrder are the chosen paths, for the post to keep their order.
func treeOrder(t Tree) string {
	paths := make([]string, len(t.Chosen))
	for i, c := range t.Chosen {
		paths[i] = c.Path
	}
	return strings.Join(paths, ",")
}

// inTree reports whether there is a box to tick for a path.
func inTree(t Tree, path string) bool {
	return slices.ContainsFunc(t.Groups, func(g TreeGroup) bool {
		return slices.ContainsFunc(g.Paths, func(n TreePath) bool {
			return n.Path == path || slices.ContainsFunc(n.Under, func(k TreePath) bool { return k.Path == path })
		})
	})
}

// mixed reports whether fields behind a relation are chosen.
func mixed(n TreePath) bool {
	return slices.ContainsFunc(n.Under, func(k TreePath) bool { return k.Checked })
}

package main

import (
	"slices"
	"testing"
)

// A change names experiments of its own group, none twice, as many with as without.
func TestChanges(t *testing.T) {
	for _, c := range changes {
		names := slices.Concat(c.with, c.without)
		for i, name := range names {
			if slices.Contains(names[:i], name) {
				t.Errorf("%s: %s twice", c.about, name)
			}
			if !slices.ContainsFunc(experiments, func(e experiment) bool { return e.group == c.group && e.name == name }) {
				t.Errorf("%s: no experiment %s in %q", c.about, name, c.group)
			}
		}
		if len(c.with) != len(c.without) {
			t.Errorf("%s: %d with, %d without", c.about, len(c.with), len(c.without))
		}
	}
}

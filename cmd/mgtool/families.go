package main

// The list of mgtool solve --list-families.

import (
	"fmt"
	"strings"

	"mgtool/tool"
)

func (a *app) listFamilies() error {
	list := tool.Families()
	if a.json {
		type param struct {
			Name    string  `json:"name"`
			About   string  `json:"about"`
			Default float64 `json:"default"`
			Least   float64 `json:"least"`
			Most    float64 `json:"most"`
		}
		type entry struct {
			tool.ListedFamily
			Params []param `json:"parameters"`
		}
		var entries []entry
		for _, f := range list {
			e := entry{ListedFamily: f}
			for _, p := range f.Params {
				e.Params = append(e.Params, param{p.Name, p.About, p.Default, p.Least, p.Most})
			}
			entries = append(entries, e)
		}
		return printJSON(map[string]any{"families": entries})
	}
	rows := [][]any{{"family, with its defaults", "what it is"}}
	for _, f := range list {
		rows = append(rows, []any{f.Member, f.About})
		for _, p := range f.Params {
			kind := "number"
			if p.Whole {
				kind = "whole number"
			}
			rows = append(rows, []any{"  " + p.Name, fmt.Sprintf("%s, %g to %g: %s", kind, p.Least, p.Most, p.About)})
		}
		if strings.Contains(f.Member, "seed=") {
			rows = append(rows, []any{"  seed", "whole number: of a random member"})
		}
	}
	printTable(rows...)
	return nil
}

package tool

// Conditions on the sides, in words.

import (
	"fmt"
	"strings"

	"mgtool/pde"
)

// rule is what holds on a side, in words: alpha and value are expressions or files, empty
// where they are not given.
type rule struct {
	given        bool
	kind         pde.Boundary
	alpha, value string
}

// rules are those of the sides; the ones that no rule names are not given.
type rules [3][2]rule

// parseRules reads rules such as "x:periodic,y-:neumann=0,y+:dirichlet=sin(pi*x)":
// side or axis, kind, value. Commas inside parentheses belong to a value. The value of
// robin is α;g, for ∂u/∂n + α u = g.
func parseRules(text string, dim int) (list rules, err error) {
	if strings.TrimSpace(text) == "" {
		return list, nil
	}
	parts, err := split(text, ',')
	if err != nil {
		return list, err
	}
	for _, part := range parts {
		where, what, ok := strings.Cut(part, ":")
		where, what = strings.TrimSpace(where), strings.TrimSpace(what)
		if !ok {
			return list, fmt.Errorf("%q is no rule; want SIDE:KIND or SIDE:KIND=VALUE, as in x-:neumann=0", cutTo(part, 60))
		}
		d, ends, err := sidesOf(where, dim)
		if err != nil {
			return list, err
		}
		r, err := parseRule(what)
		if err != nil {
			return list, fmt.Errorf("side %s: %w", where, err)
		}
		if r.kind == pde.Periodic && len(ends) == 1 {
			return list, fmt.Errorf("side %s: periodic is for an axis; want %s:periodic", where, where[:1])
		}
		for _, end := range ends {
			if list[d][end].given {
				return list, fmt.Errorf("side %s%s has two rules; want one", where[:1], []string{"-", "+"}[end])
			}
			list[d][end] = r
		}
	}
	return list, nil
}

// sidesOf is the axis and the ends of it that a name stands for.
func sidesOf(name string, dim int) (d int, ends []int, err error) {
	if name != "" {
		d = strings.Index("xyz"[:dim], name[:1])
		switch {
		case d < 0:
		case len(name) == 1:
			return d, []int{0, 1}, nil
		case name[1:] == "-":
			return d, []int{0}, nil
		case name[1:] == "+":
			return d, []int{1}, nil
		}
	}
	axes := []string{"x, x- or x+", "y, y- or y+", "z, z- or z+"}[:dim]
	return 0, nil, fmt.Errorf("side %q; want %s in dimension %d", cutTo(name, 60), strings.Join(axes, ", "), dim)
}

// parseRule reads a kind with its value.
func parseRule(text string) (r rule, err error) {
	kind, value, valued := strings.Cut(text, "=")
	kind, value = strings.TrimSpace(kind), strings.TrimSpace(value)
	if valued && value == "" {
		return r, fmt.Errorf("%s without a value behind the =", cutTo(kind, 60))
	}
	r = rule{given: true, value: value}
	switch kind {
	case "dirichlet":
		r.kind = pde.Dirichlet
	case "neumann":
		r.kind = pde.Neumann
	case "periodic":
		r.kind = pde.Periodic
		if valued {
			return r, fmt.Errorf("periodic takes no value; got %s", cutTo(value, 60))
		}
	case "robin":
		r.kind = pde.Neumann
		both, err := split(value, ';')
		if err != nil {
			return r, err
		}
		if len(both) != 2 || strings.TrimSpace(both[0]) == "" || strings.TrimSpace(both[1]) == "" {
			return r, fmt.Errorf("robin=%s; want robin=α;g for ∂u/∂n + α u = g", cutTo(value, 60))
		}
		r.alpha, r.value = strings.TrimSpace(both[0]), strings.TrimSpace(both[1])
	default:
		return r, fmt.Errorf("kind %q; want dirichlet, neumann, robin or periodic", cutTo(kind, 60))
	}
	return r, nil
}

// split divides a text where the separator stands outside of all parentheses.
func split(text string, separator byte) (parts []string, err error) {
	depth, from := 0, 0
	for i := range len(text) {
		switch text[i] {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case separator:
			if depth == 0 {
				parts, from = append(parts, text[from:i]), i+1
			}
		}
		if depth < 0 {
			break
		}
	}
	if depth != 0 {
		return nil, fmt.Errorf("%q has a parenthesis without its other one", cutTo(text, 60))
	}
	return append(parts, text[from:]), nil
}

// cutTo shortens a text of the user's for an error.
func cutTo(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

package family

// Names of problems: family(parameter=value,…).

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"mgtool/internal/nearest"
)

// Family is a set of problems with parameters in common.
type Family struct {
	Name   string
	About  string // the equation, in a line
	Params []Param
	Random bool // members have a seed

	make func(v map[string]float64, seed uint64) member
	// rule refuses what single bounds admit; nil refuses nothing.
	rule func(v map[string]float64) error
}

// Param is a parameter: a number from Least to Most, a whole one where Whole is set.
type Param struct {
	Name        string
	About       string
	Default     float64
	Least, Most float64
	Whole       bool
}

// defaultSeed is that of a random member whose name has none.
const defaultSeed = 1

// Families lists all families.
func Families() []Family {
	return []Family{poisson(), rotated(), rotatedElements(), rotatedField(), lognormal(), lognormalElements(), checkerboard(), convection(), recirculating(), helmholtz()}
}

// Parse makes the problem of a name such as rotated(eps=0.01,theta=30). Parameters that are
// left out have their defaults, and a name alone stands for all of them. A random family
// also takes seed=N.
func Parse(name string) (Problem, error) {
	text := strings.TrimSpace(name)
	head, list, bracket := strings.Cut(text, "(")
	head = strings.TrimSpace(head)
	f, err := Lookup(head)
	if err != nil {
		return Problem{}, err
	}
	if bracket {
		var closed bool
		if list, closed = strings.CutSuffix(list, ")"); !closed {
			return Problem{}, fmt.Errorf("family: %.80q does not end in a bracket; want %s", text, f.form())
		}
	}
	given, seed := map[string]float64{}, uint64(0)
	seeded := false
	for part := range strings.SplitSeq(list, ",") {
		if strings.TrimSpace(list) == "" {
			break
		}
		key, value, ok := strings.Cut(part, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if !ok {
			return Problem{}, fmt.Errorf("family: %.40q in %.80q is not parameter=value; want %s", part, text, f.form())
		}
		_, twice := given[key]
		if twice || key == "seed" && seeded {
			return Problem{}, fmt.Errorf("family: %s is given twice in %.80q; want it once", key, text)
		}
		if key == "seed" && f.Random {
			if seed, err = strconv.ParseUint(value, 10, 64); err != nil {
				return Problem{}, fmt.Errorf("family: seed=%.40s of %s; want a whole number, 0 or more", value, f.Name)
			}
			seeded = true
			continue
		}
		if given[key], err = strconv.ParseFloat(value, 64); err != nil {
			return Problem{}, fmt.Errorf("family: %.40s=%.40s of %s; want a number", key, value, f.Name)
		}
	}
	if f.Random && !seeded {
		seed = defaultSeed
	}
	return f.Problem(given, seed)
}

// Lookup finds a family by its name.
func Lookup(name string) (Family, error) {
	var names []string
	for _, f := range Families() {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	hint := ""
	if near := nearest.Word(name, names); near != "" {
		hint = fmt.Sprintf(", did you mean %s?", near)
	}
	return Family{}, fmt.Errorf("family: unknown family %.40q%s; known: %s", name, hint, strings.Join(names, ", "))
}

// Problem is the member with these parameters, the others at their defaults. seed is that of
// a random member and has to be 0 of others.
func (f Family) Problem(params map[string]float64, seed uint64) (Problem, error) {
	if f.make == nil {
		return Problem{}, errors.New("family: a family without a name; want one of Families")
	}
	if !f.Random && seed != 0 {
		return Problem{}, fmt.Errorf("family: seed %d of %s, whose members are not random; want 0", seed, f.Name)
	}
	known := map[string]bool{}
	values := map[string]float64{}
	var words []string
	for _, p := range f.Params {
		v, ok := params[p.Name]
		if !ok {
			v = p.Default
		}
		if err := p.accepts(v); err != nil {
			return Problem{}, fmt.Errorf("family: %s=%s of %s; %w", p.Name, number(v), f.Name, err)
		}
		known[p.Name], values[p.Name] = true, v+0 // not −0
		words = append(words, p.Name+"="+number(values[p.Name]))
	}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if !known[name] {
			return Problem{}, fmt.Errorf("family: unknown parameter %.40q of %s; want %s", name, f.Name, f.form())
		}
	}
	if f.rule != nil {
		if err := f.rule(values); err != nil {
			return Problem{}, fmt.Errorf("family: %s: %w", f.Name, err)
		}
	}
	if f.Random {
		words = append(words, "seed="+strconv.FormatUint(seed, 10))
	}
	return Problem{
		Name:   f.Name + "(" + strings.Join(words, ",") + ")",
		Family: f.Name, Params: values, Seed: seed,
		member: f.make(values, seed),
	}, nil
}

// accepts reports a value out of bounds.
func (p Param) accepts(v float64) error {
	switch {
	case math.IsNaN(v) || v < p.Least || v > p.Most:
		return fmt.Errorf("want %s to %s", number(p.Least), number(p.Most))
	case p.Whole && v != math.Trunc(v):
		return fmt.Errorf("want a whole number, %s to %s", number(p.Least), number(p.Most))
	}
	return nil
}

// form is the name with all parameters at their defaults, for errors and lists.
func (f Family) form() string {
	var words []string
	for _, p := range f.Params {
		words = append(words, p.Name+"="+number(p.Default))
	}
	if f.Random {
		words = append(words, fmt.Sprint("seed=", defaultSeed))
	}
	return f.Name + "(" + strings.Join(words, ",") + ")"
}

// String is the name of the member with the default parameters.
func (f Family) String() string { return f.form() }

// number writes a parameter in the fewest digits that read back as the same number.
func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

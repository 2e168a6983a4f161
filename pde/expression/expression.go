// Package expression compiles formulas such as "1 + 1e4*(x > 0.5)" to functions of the
// coordinates.
//
// A formula has numbers, variables, pi and e, + − * / % and ^ (or **), comparisons
// (1 where they hold, else 0), and, or, not, the choice "condition ? a : b", parentheses
// and the functions of [Functions]. Arithmetic is that of float64; −x^2 is −(x²), and
// 2^3^2 is 2⁹.
//
// The parser is that of github.com/expr-lang/expr. Its virtual machine boxes every value;
// here the tree becomes closures over float64 instead, some nanoseconds an operation.
package expression

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"

	"mgtool/internal/nearest"
)

// Expression is a compiled formula of up to three variables.
type Expression struct {
	text string
	term term
}

// longest bounds a formula, so that its tree is not too deep for a stack.
const longest = 1 << 16

// Parse compiles a formula of the named variables, at most three, which become the
// arguments of [Expression.At] in this order. An error names the place in one line.
func Parse(text string, variables ...string) (*Expression, error) {
	fail := func(err error) (*Expression, error) {
		return nil, fmt.Errorf("expression %s: %w", shown(text), err)
	}
	switch {
	case len(variables) > 3:
		return fail(fmt.Errorf("%d variables; want at most 3", len(variables)))
	case strings.TrimSpace(text) == "":
		return fail(errors.New("it is empty"))
	case len(text) > longest:
		return fail(fmt.Errorf("%d characters; want at most %d", len(text), longest))
	}
	tree, err := parser.Parse(text)
	if err != nil {
		var at *file.Error
		if errors.As(err, &at) {
			return fail(misplaced(at.From, "%s", brief(at.Message)))
		}
		return fail(err)
	}
	c := compiler{variables: variables}
	t := c.compile(tree.Node)
	if c.err != nil {
		return fail(c.err)
	}
	return &Expression{text, t}, nil
}

// At is the value where the variables are a, b and c. It may be NaN or infinite, as that
// of log(x) at 0 is. Goroutines may call it at the same time.
func (e *Expression) At(a, b, c float64) float64 { return e.term.at(a, b, c) }

// Constant is the value of a formula without variables.
func (e *Expression) Constant() (v float64, ok bool) { return e.term.value, e.term.constant }

// String is the formula as it was given.
func (e *Expression) String() string { return e.text }

// misplaced is an error at a character, counted from 0.
func misplaced(at int, format string, a ...any) error {
	return fmt.Errorf("%s at character %d", fmt.Sprintf(format, a...), at+1)
}

// shown quotes a formula, cut if it is long.
func shown(text string) string {
	const most = 80
	if r := []rune(text); len(r) > most {
		text = string(r[:most]) + "…"
	}
	return fmt.Sprintf("%q", text)
}

// brief is a message of the parser's in one line.
func brief(message string) string {
	const most = 200
	r := []rune(message)
	if len(r) > most {
		r = append(r[:most], '…')
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, string(r))
}

// Functions are the names of the known functions, in order.
func Functions() []string {
	var names []string
	for name := range unary {
		names = append(names, name)
	}
	for name := range binary {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// constants that have a name.
var constants = map[string]float64{"pi": math.Pi, "e": math.E}

var unary = map[string]func(float64) float64{
	"sin": math.Sin, "cos": math.Cos, "tan": math.Tan, "asin": math.Asin, "acos": math.Acos, "atan": math.Atan,
	"sinh": math.Sinh, "cosh": math.Cosh, "tanh": math.Tanh, "exp": math.Exp, "log": math.Log, "ln": math.Log,
	"log2": math.Log2, "log10": math.Log10, "sqrt": math.Sqrt, "cbrt": math.Cbrt, "erf": math.Erf,
	"abs": math.Abs, "floor": math.Floor, "ceil": math.Ceil, "round": math.Round, "sign": sign,
}

var binary = map[string]func(a, b float64) float64{
	"atan2": math.Atan2, "hypot": math.Hypot, "pow": math.Pow, "min": math.Min, "max": math.Max, "mod": math.Mod,
}

// sign is −1, 0 or 1; NaN of NaN.
func sign(v float64) float64 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return v
}

// unknown is the error for a name that there is not, with the nearest that there is; one
// or two letters are near to everything.
func (c *compiler) unknown(n ast.Node, what, name string, known []string) term {
	if near := nearest.Word(name, known); near != "" && len(name) > 2 {
		return c.fail(n, "unknown %s %s; did you mean %s?", what, shown(name), near)
	}
	return c.fail(n, "unknown %s %s; want %s", what, shown(name), strings.Join(known, ", "))
}

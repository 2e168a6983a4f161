package expression

// From the tree of a formula to closures.

import (
	"fmt"
	"math"

	"github.com/expr-lang/expr/ast"
)

// term is a part of a formula: a constant, or a function of the variables. at is never nil.
type term struct {
	at       function
	constant bool
	value    float64
}

type function func(a, b, c float64) float64

// number is a constant term.
func number(v float64) term {
	return term{func(_, _, _ float64) float64 { return v }, true, v}
}

// folded is a term of parts, a number if all of them are.
func folded(f function, parts ...term) term {
	for _, p := range parts {
		if !p.constant {
			return term{at: f}
		}
	}
	return number(f(0, 0, 0))
}

// truth is a condition as a number.
func truth(holds bool) float64 {
	if holds {
		return 1
	}
	return 0
}

// compiler keeps the first error.
type compiler struct {
	variables []string
	err       error
}

func (c *compiler) fail(n ast.Node, format string, a ...any) term {
	if c.err == nil {
		c.err = misplaced(n.Location().From, format, a...)
	}
	return number(math.NaN())
}

func (c *compiler) compile(n ast.Node) term {
	if c.err != nil {
		return number(math.NaN())
	}
	switch n := n.(type) {
	case *ast.IntegerNode:
		return number(float64(n.Value))
	case *ast.FloatNode:
		return number(n.Value)
	case *ast.BoolNode:
		return number(truth(n.Value))
	case *ast.IdentifierNode:
		return c.name(n)
	case *ast.UnaryNode:
		return c.sign(n)
	case *ast.BinaryNode:
		return c.operation(n)
	case *ast.ConditionalNode:
		when, then, otherwise := c.compile(n.Cond), c.compile(n.Exp1), c.compile(n.Exp2)
		f, g, h := when.at, then.at, otherwise.at
		return folded(func(a, b, c float64) float64 {
			if f(a, b, c) != 0 {
				return g(a, b, c)
			}
			return h(a, b, c)
		}, when, then, otherwise)
	case *ast.CallNode:
		if callee, ok := n.Callee.(*ast.IdentifierNode); ok {
			return c.call(n, callee.Value, n.Arguments)
		}
	case *ast.BuiltinNode:
		return c.call(n, n.Name, n.Arguments)
	case nil: // of an empty part
		c.err = fmt.Errorf("it is not a formula")
		return number(math.NaN())
	}
	return c.fail(n, "not a number, a name, a function or an operation")
}

// name is a variable or a constant.
func (c *compiler) name(n *ast.IdentifierNode) term {
	for i, v := range c.variables {
		if n.Value == v {
			return term{at: [...]function{
				func(a, _, _ float64) float64 { return a },
				func(_, b, _ float64) float64 { return b },
				func(_, _, c float64) float64 { return c },
			}[i]}
		}
	}
	if v, ok := constants[n.Value]; ok {
		return number(v)
	}
	return c.unknown(n, "name", n.Value, append([]string{"pi", "e"}, c.variables...))
}

func (c *compiler) sign(n *ast.UnaryNode) term {
	part := c.compile(n.Node)
	f := part.at
	switch n.Operator {
	case "+":
		return part
	case "-":
		return folded(func(a, b, c float64) float64 { return -f(a, b, c) }, part)
	case "!", "not":
		return folded(func(a, b, c float64) float64 { return truth(f(a, b, c) == 0) }, part)
	}
	return c.fail(n, "unknown operation %q", n.Operator)
}

// operations on two numbers. Those of arithmetic stand in [compiler.operation] too, where
// they do without a call.
var operations = map[string]func(a, b float64) float64{
	"+": func(a, b float64) float64 { return a + b }, "-": func(a, b float64) float64 { return a - b },
	"*": func(a, b float64) float64 { return a * b }, "/": func(a, b float64) float64 { return a / b },
	"%": math.Mod, "^": math.Pow, "**": math.Pow,
	"==": func(a, b float64) float64 { return truth(a == b) }, "!=": func(a, b float64) float64 { return truth(a != b) },
	"<": func(a, b float64) float64 { return truth(a < b) }, "<=": func(a, b float64) float64 { return truth(a <= b) },
	">": func(a, b float64) float64 { return truth(a > b) }, ">=": func(a, b float64) float64 { return truth(a >= b) },
	"and": func(a, b float64) float64 { return truth(a != 0 && b != 0) }, "or": func(a, b float64) float64 { return truth(a != 0 || b != 0) },
	"&&": func(a, b float64) float64 { return truth(a != 0 && b != 0) }, "||": func(a, b float64) float64 { return truth(a != 0 || b != 0) },
}

func (c *compiler) operation(n *ast.BinaryNode) term {
	op, ok := operations[n.Operator]
	if !ok {
		return c.fail(n, "unknown operation %q", n.Operator)
	}
	left, right := c.compile(n.Left), c.compile(n.Right)
	f, g, v := left.at, right.at, right.value
	switch {
	case n.Operator == "+":
		return folded(func(a, b, c float64) float64 { return f(a, b, c) + g(a, b, c) }, left, right)
	case n.Operator == "-":
		return folded(func(a, b, c float64) float64 { return f(a, b, c) - g(a, b, c) }, left, right)
	case n.Operator == "*" && left.constant && !right.constant:
		k := left.value
		return term{at: func(a, b, c float64) float64 { return k * g(a, b, c) }}
	case n.Operator == "*":
		return folded(func(a, b, c float64) float64 { return f(a, b, c) * g(a, b, c) }, left, right)
	case n.Operator == "/":
		return folded(func(a, b, c float64) float64 { return f(a, b, c) / g(a, b, c) }, left, right)
	case (n.Operator == "^" || n.Operator == "**") && right.constant && v == 2:
		return folded(func(a, b, c float64) float64 { w := f(a, b, c); return w * w }, left)
	case (n.Operator == "^" || n.Operator == "**") && right.constant && v == 3:
		return folded(func(a, b, c float64) float64 { w := f(a, b, c); return w * w * w }, left)
	}
	return folded(func(a, b, c float64) float64 { return op(f(a, b, c), g(a, b, c)) }, left, right)
}

func (c *compiler) call(n ast.Node, name string, arguments []ast.Node) term {
	one, isOne := unary[name]
	two, isTwo := binary[name]
	variadic := name == "min" || name == "max"
	switch {
	case !isOne && !isTwo:
		return c.unknown(n, "function", name, Functions())
	case isOne && len(arguments) != 1:
		return c.fail(n, "%d arguments of %s; want 1", len(arguments), name)
	case isTwo && len(arguments) != 2 && !(variadic && len(arguments) > 0):
		return c.fail(n, "%d arguments of %s; want 2", len(arguments), name)
	}
	first := c.compile(arguments[0])
	f := first.at
	if isOne {
		return folded(func(a, b, c float64) float64 { return one(f(a, b, c)) }, first)
	}
	for _, argument := range arguments[1:] {
		next := c.compile(argument)
		f, g := first.at, next.at
		first = folded(func(a, b, c float64) float64 { return two(f(a, b, c), g(a, b, c)) }, first, next)
	}
	return first
}

package expression

import (
	"math"
	"strings"
	"testing"
)

// Values against the same formula in Go.
func TestAt(t *testing.T) {
	const x, y, z = 0.3, 0.7, 1.9
	for text, want := range map[string]float64{
		"sin(pi*x)*exp(y)":      math.Sin(math.Pi*x) * math.Exp(y),
		"1+1e4*(x>0.5)":         1,
		"1+1e4*(y>0.5)":         10001,
		"-x^2":                  -x * x,
		"2^3^2":                 512,
		"2**-1":                 .5,
		"x^2.5 + y^3":           math.Pow(x, 2.5) + y*y*y,
		"x - y - z":             x - y - z,
		"x / y / z":             x / y / z,
		"7 % 4 + mod(-7, 4)":    0,
		"1/2":                   .5,
		"e^1":                   math.E,
		"ln(e) + log(e)":        2,
		"min(x, y, z) max(1,2)": math.NaN(), // an error, see below
		"min(z, y, x)":          x,
		"max(x, y)":             y,
		"atan2(y, x)":           math.Atan2(y, x),
		"hypot(3, 4)":           5,
		"x < y and y < z":       1,
		"x < y < z":             1,
		"x > y or not (z > 1)":  0,
		"x >= 0.3 && x != y":    1,
		"x > y ? 1 : 2 + z":     2 + z,
		"abs(x-1) + sign(-y)":   1 - x - 1,
		"floor(z)+ceil(z)":      3,
		"round(z) + sqrt(4)":    4,
		"erf(0) + cbrt(27)":     3,
		"(x == 0.3)*5":          5,
		"x < 0.3 or x > 0.3":    0,
		"x <= 0.3":              1,
		"1e-3":                  .001,
		".5 + 0x10":             16.5,
	} {
		e, err := Parse(text, "x", "y", "z")
		if math.IsNaN(want) {
			if err == nil {
				t.Errorf("%s: accepted", text)
			}
			continue
		}
		if err != nil {
			t.Error(err)
			continue
		}
		if got := e.At(x, y, z); math.Abs(got-want) > 1e-15*math.Abs(want) {
			t.Errorf("%s = %.17g; want %.17g", text, got, want)
		}
		if e.String() != text {
			t.Errorf("%q prints as %q", text, e)
		}
	}
}

func TestConstant(t *testing.T) {
	for text, want := range map[string]float64{"2*pi": 2 * math.Pi, "sqrt(2)^2": 2, "-(1 > 2)": 0, "x*0": math.NaN(), "max(1, y)": math.NaN()} {
		e, err := Parse(text, "x", "y")
		if err != nil {
			t.Fatal(err)
		}
		if v, ok := e.Constant(); ok == math.IsNaN(want) || ok && math.Abs(v-want) > 1e-15*want {
			t.Errorf("%s: constant %g, %t; want %g", text, v, ok, want)
		}
	}
}

// Variables are those that were named, in their order.
func TestVariables(t *testing.T) {
	e, err := Parse("u^3", "u")
	if err != nil || e.At(2, 0, 0) != 8 {
		t.Error(e, err)
	}
	for text, want := range map[string]string{
		"z + 1": `unknown name "z"`, "u": `unknown name "u"`,
	} {
		if _, err := Parse(text, "x", "y"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want an error with %s", text, err, want)
		}
	}
}

// A formula that is none is an error of one line that names the place.
func TestErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "empty",
		" ":                            "empty",
		"1 +":                          "at character",
		"1 + * x":                      "at character 5",
		"sin(pi*x":                     "at character",
		"1 + foo(x)":                   `unknown function "foo"`,
		"1 + sni(x)":                   "did you mean sin? at character 5",
		"2*q":                          `unknown name "q"; want pi, e, x, y at character 3`,
		"sin(x, y)":                    "2 arguments of sin; want 1 at character 1",
		"pow(x)":                       "1 arguments of pow; want 2",
		"sin":                          "unknown name",
		`"text"`:                       "at character 1",
		"[1, 2]":                       "at character 1",
		"x.y":                          "at character",
		"x ?? 1":                       "at character",
		"let a = 1; a":                 "at character",
		"1..5":                         "at character",
		"map([1], #)":                  "at character",
		"\x00":                         "at character",
		"x\n+":                         "at character",
		"1;2":                          "at character",
		strings.Repeat("x+", 4e4):      "want at most 65536",
		strings.Repeat("-", 6e4) + "x": "at character",
	} {
		_, err := Parse(text, "x", "y")
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 600 {
			t.Errorf("%.40q: %v; want one line with %q", text, err, want)
		}
	}
}

// Whatever compiles has a value everywhere, the same each time, and constants are that.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"sin(pi*x)*exp(y)", "1+1e4*(x>0.5)", "-x^2 % 3", "x > y ? 1 : max(1,2,z)", "not x and y or z", "let a = 1; a", "((((", "1..2", "x?.y[1:2]", "{a: 1}", "#", "'", "`", "1e999", "0x", "\xff", "if x {1} else {2}", "sum([1])", "x | abs()"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := Parse(text, "x", "y", "z")
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("%q: an error of several lines: %q", text, err)
			}
			return
		}
		a, b := e.At(.3, .7, 1.9), e.At(.3, .7, 1.9)
		v, constant := e.Constant()
		if a != b && !(math.IsNaN(a) && math.IsNaN(b)) || constant && v != a && !math.IsNaN(v) {
			t.Errorf("%q: %g, then %g; constant %g, %t", text, a, b, v, constant)
		}
	})
}

func BenchmarkAt(b *testing.B) {
	for _, text := range []string{"1+1e4*(x>0.5)", "x^2+y^2-3*x*y+1", "sin(pi*x)*exp(y)"} {
		e, err := Parse(text, "x", "y", "z")
		if err != nil {
			b.Fatal(err)
		}
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			sum := 0.
			for i := range b.N {
				sum += e.At(float64(i)*1e-9, .5, 0)
			}
			sink = sum
		})
	}
	b.Run("in Go: sin(pi*x)*exp(y)", func(b *testing.B) {
		sum := 0.
		y := .5
		for i := range b.N {
			sum += math.Sin(math.Pi*float64(i)*1e-9) * math.Exp(y)
		}
		sink = sum
	})
}

var sink float64

package method

import (
	"bytes"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode"
)

// ring is w in the middle and v around it.
func ring(dim, width int, w, v float64) *Stencil {
	s := &Stencil{Dim: dim, Width: width, Weights: make([]float64, power(width, dim))}
	for i := range s.Weights {
		s.Weights[i] = v + float64(i)/1000
	}
	s.Weights[len(s.Weights)/2] = w
	return s
}

// example has every kind of part.
func example(dim int) *Method {
	return &Method{
		Name: "example", Dim: dim, Gamma: 1, Repeat: Cyclic, Operator: ring(dim, 3, 1, -.125),
		Levels: []Level{
			{
				Pre: []Step{{Stencil: ring(dim, 3, .7, .1)}, {Jacobi: .8}}, Post: []Step{{Colours: []float64{1, 1.1}}},
				Restriction: Transfer{Name: FullWeighting}, Prolongation: Transfer{Stencil: ring(dim, 3, 1, .5)}, Coarse: Coarse{Name: Galerkin},
			},
			{
				Pre: []Step{{Stencil: ring(dim, 5, .7, .1)}}, Restriction: Transfer{Stencil: ring(dim, 3, .25, .1)},
				Prolongation: Transfer{Name: Linear}, Coarse: Coarse{Stencil: ring(dim, 3, .25, -.03)},
			},
		},
		About: map[string]any{"seed": 1.0, "family": "poisson"},
	}
}

func TestFileIsMethod(t *testing.T) {
	for dim := 1; dim <= 3; dim++ {
		path := filepath.Join(t.TempDir(), "m.json")
		m := example(dim)
		if err := m.Write(path); err != nil {
			t.Fatal(err)
		}
		again, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(again, m) {
			t.Errorf("dimension %d: read %+v, written %+v", dim, again, m)
		}
		one, _ := m.encode()
		two, _ := again.encode()
		if !bytes.Equal(one, two) {
			t.Errorf("dimension %d: written again, the file differs", dim)
		}
		t.Logf("%s", one)
	}
}

// A name from a file is one line of printable text wherever it is shown.
func TestNamesArePrintable(t *testing.T) {
	m := example(2)
	m.Name = "\x1b[31mred\nnext\u202e" + strings.Repeat("y", 1000)
	data, err := m.encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if n := len([]rune(again.Name)); n > 121 || strings.ContainsFunc(again.Name, func(r rune) bool { return !unicode.IsPrint(r) }) || !strings.Contains(again.Name, "red next") {
		t.Errorf("%d characters, %q", n, again.Name)
	}
}

// A number that float64 does not have is said to be one.
func TestNumbersOutOfRange(t *testing.T) {
	if err := new(Stencil).UnmarshalJSON([]byte("[0, 1e400, 0]")); err == nil || !strings.Contains(err.Error(), "number 1e400") {
		t.Errorf("error %v", err)
	}
}

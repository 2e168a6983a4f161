package method

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// What cannot be meant is one line that names it and what would be right.
func TestRefused(t *testing.T) {
	whole, err := example(2).encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range []struct{ from, to, want string }{
		{`"gamma": 1`, `"gama": 1`, `unknown key "gama"; did you mean "gamma"?`},
		{`"gamma": 1`, `"gamma": 1, "gamma": 2`, `key gamma is given twice`},
		{`"gamma": 1`, `"gamma": 3`, `gamma 3; want 1 (a V-cycle) or 2 (a W-cycle)`},
		{`"gamma": 1`, `"gamma": "v"`, `gamma`},
		{`"mgtool method"`, `"network"`, `format "network"; want "mgtool method"`},
		{`"version": 1`, `"version": 2`, `version 2; want 1`},
		{`"dim": 2`, `"dim": 4`, `dim 4; want 1, 2 or 3`},
		{`"dim": 2`, `"dim": 3`, `a stencil in 2 dimensions; want 3, as the method`},
		{`"cyclic"`, `"first"`, `repeat "first"; want "last" or "cyclic"`},
		{`"full-weighting"`, `"injection"`, `level 0: restriction: "injection"; want "full-weighting", "transpose" or a stencil`},
		{`"galerkin"`, `"learned"`, `level 0: coarse: "learned"; want "galerkin", "rediscretized" or a stencil`},
		{`"galerkin"`, `[[0, 0, 0], [0, 0, 0], [0, 0, 0]]`, `coarse: 0 at the centre`},
		{`"galerkin"`, `[1, 2, 3]`, `coarse: a stencil in 1 dimensions; want 2`},
		{`"galerkin"`, `[[1, 2, 3], [1, 2], [1, 2, 3]]`, `lists of 3 and of 2 elements`},
		{`"galerkin"`, `[[1, 2], [3, 4]]`, `a stencil 2 wide; want 3 or 5`},
		{`"galerkin"`, `[[1, 2, 3], 4, [5, 6, 7]]`, `no nested list of numbers`},
		{`"galerkin"`, `[[[[1]]]]`, `no nested list of numbers`},
		{`"galerkin"`, `[["a"]]`, `no nested list of numbers`},
		{`"galerkin"`, `{}`, `no nested list of numbers`},
		{`"galerkin"`, `null`, `no nested list of numbers`},
		{`"galerkin"`, `[[1e999, 1, 1], [1, 1, 1], [1, 1, 1]]`, ``},
		{`"jacobi": 0.8`, `"jacobi": 0.8, "colours": [1, 1]`, `step 1 of pre: 2 of stencil, jacobi, colours and minimise; want exactly one`},
		{`"jacobi": 0.8`, `"jacobi": 0`, `step 1 of pre: 0 of stencil, jacobi, colours and minimise; want exactly one`},
		{`[1, 1.1]`, `[]`, `0 colours; want 1`},
		{`"colours": [1, 1.1]`, `"colours": [1, 1, 1]`, `3 colours; want 1 (the same weight for all), 2 (red and black) or 4`},
		{`"colours": [1, 1.1]`, `"colours": [1, 2]`, `weight 2; want more than 0 and less than 2`},
	} {
		text := strings.Replace(string(whole), one.from, one.to, 1)
		if text == string(whole) {
			t.Errorf("%s is not in the example", one.from)
			continue
		}
		_, err := Decode(strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), one.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s instead of %s: %v; want %q", one.to, one.from, err, one.want)
		}
	}
	for _, text := range []string{"", "[]", "null", "{}", `{"format": "mgtool method", "version": 1, "dim": 2, "gamma": 1, "repeat": "last", "levels": []}`} {
		if _, err := Decode(strings.NewReader(text)); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

func TestValidateOfValues(t *testing.T) {
	for name, spoil := range map[string]func(m *Method){
		"NaN":            func(m *Method) { m.Levels[0].Pre[0].Stencil.Weights[1] = math.NaN() },
		"too few":        func(m *Method) { m.Levels[0].Pre[0].Stencil.Weights = nil },
		"5 wide":         func(m *Method) { m.Levels[0].Prolongation.Stencil = ring(2, 5, 1, 0) },
		"both":           func(m *Method) { m.Levels[0].Prolongation.Name = Linear },
		"infinite":       func(m *Method) { m.Levels[0].Pre[1].Jacobi = math.Inf(1) },
		"no smoothing":   func(m *Method) { m.Levels = m.Levels[:1]; m.Levels[0].Pre, m.Levels[0].Post = nil, nil },
		"operator not 1": func(m *Method) { m.Operator.Weights[4] = 2 },
		"blackbox as R":  func(m *Method) { m.Levels[0].Restriction.Name = BlackBox },
		"many levels":    func(m *Method) { m.Levels = make([]Level, 65) },
	} {
		m := example(2)
		if err := m.Validate(); err != nil {
			t.Fatal(err)
		}
		spoil(m)
		if err := m.Validate(); err == nil {
			t.Errorf("%s: no error", name)
		}
		if err := m.Write(t.TempDir() + "/m.json"); err == nil {
			t.Errorf("%s: written", name)
		}
	}
}

// A file with bytes changed, moved or left out is refused in one line, or a method.
func TestSpoiledFiles(t *testing.T) {
	whole, err := example(2).encode()
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	read := 0
	for range 3000 {
		data := bytes.Clone(whole)
		for range 1 + rng.IntN(3) {
			at := rng.IntN(len(data) - 8)
			switch n := 1 + rng.IntN(8); rng.IntN(3) {
			case 0:
				data = append(data[:at], data[at+n:]...)
			case 1:
				data[at] = "0123456789[]{},:\"-e.nul "[rng.IntN(24)]
			default:
				copy(data[at:at+n], whole[rng.IntN(len(whole)-n):])
			}
		}
		m, err := Decode(bytes.NewReader(data))
		switch {
		case err != nil && strings.Contains(err.Error(), "\n"):
			t.Fatalf("%q: an error of several lines: %v", data, err)
		case err == nil:
			read++
			if err := m.Validate(); err != nil {
				t.Fatalf("%q was read and is not valid: %v", data, err)
			}
		}
	}
	if read == 0 || read > 2000 {
		t.Errorf("%d of 3000 spoiled files were read", read)
	}
}

// Whatever bytes a file has, they are refused or a method that is written and read again.
func FuzzDecode(f *testing.F) {
	for dim := 1; dim <= 3; dim++ {
		data, err := example(dim).encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"format":"mgtool method","version":1,"dim":1,"gamma":1,"repeat":"last","levels":[{"pre":[{"stencil":[[[1`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Decode(bytes.NewReader(data))
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("an error of several lines: %q", err)
			}
			return
		}
		again, err := m.encode()
		if err != nil {
			t.Fatal(err)
		}
		n, err := Decode(bytes.NewReader(again))
		if err != nil {
			t.Fatal(err)
		}
		a, _ := json.Marshal(m)
		b, _ := json.Marshal(n)
		if !bytes.Equal(a, b) {
			t.Errorf("written and read again: %s, before %s", b, a)
		}
	})
}

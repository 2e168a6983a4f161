package field

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

func small(t *testing.T, kind string) Recipe {
	t.Helper()
	r, err := Usual(kind)
	if err != nil {
		t.Fatal(err)
	}
	r.N, r.Every, r.Count, r.Test, r.Seed = 20, 2, 3, 2, 7
	if kind == "navier-stokes" {
		r.N, r.Every, r.Snapshots, r.Before, r.Step = 16, 2, 3, 1, .1
	}
	if kind == "helmholtz" {
		r.Frequency = 200
	}
	return r
}

// A sample depends neither on the number of threads nor on that of samples; other seeds and
// numbers give other samples.
func TestMake(t *testing.T) {
	for _, kind := range Kinds() {
		r := small(t, kind)
		make := func(threads int, r Recipe) *Set {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
			s, err := Make(context.Background(), r, nil)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		one, three := make(1, r), make(3, r)
		if !reflect.DeepEqual(one, three) {
			t.Errorf("%s: one thread makes other samples than three", kind)
		}
		if got, want := len(one.A), 5*one.Height*one.Width*one.In; one.Height != r.Side() || got != want {
			t.Errorf("%s: %d values of a on %d² points; want %d on %d²", kind, got, one.Height, want, r.Side())
		}
		fewer, other := r, r
		fewer.Count, fewer.Test = 2, 0
		other.Seed++
		size := one.Height * one.Width * one.Out
		if got := make(2, fewer); !reflect.DeepEqual(got.U, one.U[:2*size]) {
			t.Errorf("%s: fewer samples are others", kind)
		}
		if got := make(2, other); reflect.DeepEqual(got.A, one.A) {
			t.Errorf("%s: another seed makes the same samples", kind)
		}
		if reflect.DeepEqual(one.U[:size], one.U[size:2*size]) {
			t.Errorf("%s: two samples are the same", kind)
		}
	}
}

// The memory that is asked for covers what is allocated, that of the elimination above all, and
// not several times as much.
func TestMemory(t *testing.T) {
	for _, kind := range Kinds() {
		r := small(t, kind)
		r.N, r.Every, r.Count, r.Test = 80, 10, 1, 0 // fields beside which what has a fixed size is small
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := Make(context.Background(), r, nil); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		got, asked := float64(after.TotalAlloc-before.TotalAlloc), float64(r.bytes(1))
		if asked < .8*got || asked > 1.5*got {
			t.Errorf("%s: %.0f bytes asked for, %.0f allocated", kind, asked, got)
		}
	}
}

func TestMakeStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	r := small(t, "darcy")
	r.Count = 1000
	if _, err := Make(ctx, r, func(done, of int) {
		if of != 1002 {
			t.Errorf("%d of %d samples; want of 1002", done, of)
		}
		cancel()
	}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v; want that of the context", err)
	}
}

func TestFile(t *testing.T) {
	s, err := Make(context.Background(), small(t, "darcy"), nil)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "darcy.safetensors")
	if err := Write(path, s); err != nil {
		t.Fatal(err)
	}
	got, err := Read(path)
	if err != nil || !reflect.DeepEqual(got, s) {
		t.Errorf("read %v (%v); want what was written", got.Recipe, err)
	}
	other := *s.Recipe
	other.Source = "random"
	foreign := *s
	foreign.Recipe = &other
	elsewhere := filepath.Join(t.TempDir(), "foreign.safetensors")
	if err := Write(elsewhere, &foreign); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(elsewhere); err == nil || !strings.Contains(err.Error(), "10×10 points with 2 and 1 values; the arrays have 10×10 with 1 and 1") {
		t.Errorf("error %v; want one about the values of a", err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	bad := func(change func(b []byte) []byte) error {
		if err := os.WriteFile(path, change(append([]byte(nil), whole...)), 0o666); err != nil {
			t.Fatal(err)
		}
		_, err := Read(path)
		return err
	}
	replace := func(old, new string) func([]byte) []byte {
		return func(b []byte) []byte { return []byte(strings.Replace(string(b), old, new, 1)) }
	}
	for want, change := range map[string]func([]byte) []byte{
		"no safetensors":          func(b []byte) []byte { return b[:5] },
		"no whole safetensors":    func(b []byte) []byte { return b[:50] },
		"want all of it":          func(b []byte) []byte { return b[:len(b)-1] },
		"want finite float32":     func(b []byte) []byte { copy(b[len(b)-4:], "\xff\xff\xff\xff"); return b },
		"no array a":              replace(`"a":`, `"b":`),
		"to test with; the array": replace(`\"count\":3`, `\"count\":4`),
		"want 8 to 2048":          replace(`\"n\":20`, `\"n\":7 `),
		"5×5 points with 1 and 1": replace(`\"every\":2`, `\"every\":4`),
		"field: kind \"darby\"":   replace(`\"darcy\"`, `\"darby\"`),
		"want F32 or F64":         replace(`"F32"`, `"I32"`),
	} {
		if err := bad(change); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want %s", err, want)
		}
	}
}

func TestValidate(t *testing.T) {
	for want, change := range map[string]func(r *Recipe){
		"n 4; want 8":                    func(r *Recipe) { r.N = 4 },
		"every 0; want 1 to 5":           func(r *Recipe) { r.Every = 0 },
		"count 0":                        func(r *Recipe) { r.Count = 0 },
		"viscosity 1 with darcy":         func(r *Recipe) { r.Viscosity = 1 },
		`source "two"; want random`:      func(r *Recipe) { r.Source = "two" },
		"high 0; want":                   func(r *Recipe) { r.High = 0 },
		`kind "heat"; want darcy, helmh`: func(r *Recipe) { r.Kind = "heat" },
	} {
		r := small(t, "darcy")
		change(&r)
		if err := r.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want %s", err, want)
		}
	}
}

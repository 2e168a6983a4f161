package results

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

type setting struct {
	N    int            `json:"n"`
	More map[string]int `json:"more,omitempty"`
}

type row struct {
	Name  string   `json:"name"`
	Value *float64 `json:"value"`
}

var kind = Kind{Format: "rows of a test", Version: 1, Command: "a test"}

// Rows are kept to the last bit, NaN as null; what is not there is no row and no error.
func TestKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.json")
	for _, nowhere := range []string{"", path} {
		if rows, err := Kept[setting, row](nowhere, kind, setting{N: 1}); rows != nil || err != nil {
			t.Errorf("%q: %v, %v; want nothing", nowhere, rows, err)
		}
	}
	if err := Write("", kind, setting{}, []row{{}}); err != nil {
		t.Error(err)
	}
	rows := []row{{"a", Finite(.1 + .2)}, {"b", Finite(math.NaN())}, {"c", Finite(math.Inf(1))}}
	if err := Write(path, kind, setting{1, nil}, rows); err != nil {
		t.Fatal(err)
	}
	got, err := Kept[setting, row](path, kind, setting{N: 1})
	if err != nil || len(got) != 3 || Value(got[0].Value) != .1+.2 || !math.IsNaN(Value(got[1].Value)) || got[2].Value != nil {
		t.Errorf("%v, %v", got, err)
	}
}

// A file that cannot keep the rows is a mismatch that says why; a file that cannot be read is none.
func TestMismatch(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.json")
	if err := Write(path, kind, setting{1, map[string]int{"a": 1, "b": 2}}, []row{{}}); err != nil {
		t.Fatal(err)
	}
	var mismatch *Mismatch
	if _, err := Kept[setting, row](path, kind, setting{2, map[string]int{"b": 2, "c": 3}}); !errors.As(err, &mismatch) || !strings.Contains(err.Error(), ": more.a 1, now nothing; more.c nothing, now 3; n 1, now 2; want") {
		t.Errorf("another setting: %v", err)
	}
	for want, text := range map[string]string{
		`format "x", version 1; want "rows of a test", 1, of a test`: `{"format": "x", "version": 1, "setting": {}, "results": []}`,
		`unknown key "rows"`: `{"rows": []}`,
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Kept[setting, row](path, kind, setting{}); !errors.As(err, &mismatch) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v; want a mismatch with %q", err, want)
		}
	}
	if _, _, err := Read[setting, row](filepath.Join(path, "nowhere.json"), kind); err == nil || errors.As(err, &mismatch) {
		t.Errorf("no file: %v; want an error of another kind", err)
	}
}

// A table that was stopped after its first row goes on.
func Example() {
	dir, err := os.MkdirTemp("", "results")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path, s := filepath.Join(dir, "rows.json"), setting{N: 64}
	if err := Write(path, kind, s, []row{{"first", Finite(.09)}}); err != nil {
		fmt.Println(err)
		return
	}
	rows, err := Kept[setting, row](path, kind, s)
	fmt.Println(len(rows), rows[0].Name, Value(rows[0].Value), err)
	_, err = Kept[setting, row](path, kind, setting{N: 32})
	fmt.Println(strings.Contains(err.Error(), "n 64, now 32"))
	// Output:
	// 1 first 0.09 <nil>
	// true
}

// Package results keeps the rows of a long table in a file, from which the table goes on after it
// was stopped:
//
//	{"format": NAME, "version": 1, "setting": {…}, "results": [{…}, …]}
//
// The file is replaced as a whole after each row. It belongs to one setting, which is everything
// that the rows have in common; rows of two settings in one table would say nothing.
package results

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"slices"
	"strings"

	"mgtool/internal/atomicfile"
	"mgtool/internal/strictjson"
)

// Kind is a kind of table.
type Kind struct {
	Format  string // its name in the file
	Version int
	Command string // what writes it, for errors
}

// A Mismatch is a file that cannot keep the rows of a table: of another setting, or no such file
// at all.
type Mismatch struct{ text string }

func (m *Mismatch) Error() string { return m.text }

func mismatch(format string, a ...any) error { return &Mismatch{fmt.Sprintf(format, a...)} }

// document is the file.
type document[S, R any] struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Setting S      `json:"setting"`
	Results []R    `json:"results"`
}

// Read reads a file: the setting, and the rows in the order in which they were kept. The error is
// a [Mismatch] if it is no file of the kind.
func Read[S, R any](path string, k Kind) (setting S, rows []R, err error) {
	text, err := strictjson.ReadFile(path)
	if err != nil {
		return setting, nil, fmt.Errorf("results: %w", err)
	}
	var d document[S, R]
	if err := strictjson.Decode(text, &d); err != nil {
		return setting, nil, mismatch("results: %s: %v; want a file of %s", path, err, k.Command)
	}
	if d.Format != k.Format || d.Version != k.Version {
		return setting, nil, mismatch("results: %s has format %q, version %d; want %q, %d, of %s", path, d.Format, d.Version, k.Format, k.Version, k.Command)
	}
	return d.Setting, d.Results, nil
}

// Kept are the rows that a file has for a setting; none if path is empty or nothing is there. The
// error is a [Mismatch], which lists the differences, if its setting is another one.
func Kept[S, R any](path string, k Kind, setting S) ([]R, error) {
	if path == "" {
		return nil, nil
	}
	was, rows, err := Read[S, R](path, k)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	is, err := json.Marshal(was)
	if err != nil {
		return nil, fmt.Errorf("results: %s: %w", path, err)
	}
	want, err := json.Marshal(setting)
	if err != nil {
		return nil, fmt.Errorf("results: %w", err)
	}
	if string(is) != string(want) {
		return nil, mismatch("results: %s holds results of another setting: %s; want another file, or the same setting", path, differences(is, want))
	}
	return rows, nil
}

// Write replaces the file by these rows; it does nothing if path is empty.
func Write[S, R any](path string, k Kind, setting S, rows []R) error {
	if path == "" {
		return nil
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(document[S, R]{k.Format, k.Version, setting, rows})
	})
}

// differences lists what two settings in JSON do not have in common, as in recipe.epochs 1, now 2.
func differences(is, now []byte) string {
	var a, b any
	if json.Unmarshal(is, &a) != nil || json.Unmarshal(now, &b) != nil {
		return fmt.Sprintf("%.200s, now %.200s", is, now)
	}
	var list []string
	var walk func(path string, a, b any)
	walk = func(path string, a, b any) {
		x, object := a.(map[string]any)
		y, both := b.(map[string]any)
		if !object || !both {
			if is, now := said(a), said(b); is != now {
				list = append(list, fmt.Sprintf("%s %s, now %s", strings.TrimPrefix(path, "."), is, now))
			}
			return
		}
		keys := slices.AppendSeq(slices.Collect(maps.Keys(x)), maps.Keys(y))
		slices.Sort(keys)
		for _, k := range slices.Compact(keys) {
			walk(path+"."+k, x[k], y[k])
		}
	}
	walk("", a, b)
	return strings.Join(list, "; ")
}

func said(v any) string {
	if v == nil {
		return "nothing"
	}
	return fmt.Sprint(v)
}

// Finite is v for JSON, which has no numbers that are not finite: they are null.
func Finite(v float64) *float64 {
	if v-v != 0 {
		return nil
	}
	return &v
}

// Value is the reverse of Finite; NaN for null.
func Value(p *float64) float64 {
	if p == nil {
		return math.NaN()
	}
	return *p
}

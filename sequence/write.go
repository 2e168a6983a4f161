package sequence

// Sets as text files in the form of the UCR archive.

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"mgtool/internal/atomicfile"
)

// WriteText writes a set as lines of a label and the values, separated by tabs: the form of
// the UCR archive. Values have four digits behind the point.
func (s *Set) WriteText(path string) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		b := bufio.NewWriter(w)
		var text []byte
		for i, l := range s.Labels {
			text = append(text[:0], s.Classes[l]...)
			for _, v := range s.X[i*s.size() : (i+1)*s.size()] {
				text = strconv.AppendFloat(append(text, '\t'), float64(v), 'f', 4, 32)
			}
			if _, err := b.Write(append(text, '\n')); err != nil {
				return err
			}
		}
		return b.Flush()
	})
}

// Write makes the pulses and writes pulses_TRAIN.tsv, pulses_TEST.tsv and pulses.json, which
// says how they were made, to a folder, which it makes. It returns their names.
func (p Pulses) Write(dir string) ([]string, error) {
	train, test, err := p.Make()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("sequence: %w", err)
	}
	about := map[string]any{
		"made_by": "mgtool data make pulses", "synthetic": true, "kinds": pulseKinds,
		"train": p.Train, "test": p.Test, "length": p.Length, "seed": p.Seed,
	}
	var files []string
	for _, f := range []struct {
		name  string
		write func(path string) error
	}{
		{"pulses_TRAIN.tsv", train.WriteText},
		{"pulses_TEST.tsv", test.WriteText},
		{"pulses.json", func(path string) error {
			return atomicfile.Write(path, func(w io.Writer) error {
				e := json.NewEncoder(w)
				e.SetIndent("", "  ")
				return e.Encode(about)
			})
		}},
	} {
		path := filepath.Join(dir, f.name)
		if err := f.write(path); err != nil {
			return files, fmt.Errorf("sequence: %w", err)
		}
		files = append(files, path)
	}
	return files, nil
}

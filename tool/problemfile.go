package tool

// Statements as files.

import (
	"encoding/json"
	"fmt"
	"io"

	"mgtool/internal/atomicfile"
	"mgtool/internal/strictjson"
)

// ReadStatement reads a problem file: a JSON object with the keys of [Statement], which
// are those of the flags. Names of arrays in it are relative to the current folder. An
// unknown key or a value of another kind is an error.
func ReadStatement(path string) (s Statement, err error) {
	data, err := strictjson.ReadFile(path)
	if err != nil {
		return s, err
	}
	if err := strictjson.Decode(data, &s); err != nil {
		return s, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// WriteFile writes a problem file that [ReadStatement] reads.
func (s Statement) WriteFile(path string) error {
	if s.RHS == "-" {
		return Usagef("--save-problem %s of a right side from standard input; want --rhs FILE", path)
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false) // a formula may have < and >
		e.SetIndent("", "  ")
		return e.Encode(s)
	})
}

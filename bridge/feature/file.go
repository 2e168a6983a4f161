package feature

// A model as a file.

import (
	"encoding/json"
	"fmt"
	"io"

	"mgtool/internal/atomicfile"
	"mgtool/internal/strictjson"
)

// WriteFile writes the model as JSON, whole or not at all.
func (m Model) WriteFile(path string) error {
	if err := m.Validate(); err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		e := json.NewEncoder(w)
		return e.Encode(m)
	})
}

// ReadFile reads a model that [Model.WriteFile] wrote, or a person; an unknown key is an error.
func ReadFile(path string) (Model, error) {
	data, err := strictjson.ReadFile(path)
	if err != nil {
		return Model{}, err
	}
	var m Model
	if err := strictjson.Decode(data, &m); err != nil {
		return Model{}, fmt.Errorf("%s: %w", path, err)
	}
	if err := m.Validate(); err != nil {
		return Model{}, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

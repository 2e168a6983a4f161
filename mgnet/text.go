package mgnet

// JSON from outside.

import (
	"errors"
	"fmt"
	"io"
	"unicode"
)

// maxJSON bounds what is read as JSON, in bytes: a configuration has hundreds.
const maxJSON = 16 << 20

// ReadJSON reads all of r, at most 16 MB; more is an error.
func ReadJSON(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxJSON+1))
	if err == nil && len(data) > maxJSON {
		err = fmt.Errorf("more than %d MB; want a JSON file", maxJSON>>20)
	}
	return data, err
}

// readJSONFile is [ReadJSON] of a regular file.
func readJSONFile(path string) ([]byte, error) {
	f, _, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := ReadJSON(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return data, nil
}

// brief is an error whose text may quote what was read: cut, and printable.
func brief(err error) error {
	const most = 200
	text := []rune(err.Error())
	for i, r := range text {
		if !unicode.IsPrint(r) {
			text[i] = '?'
		}
	}
	if len(text) > most {
		text = append(text[:most], '…')
	}
	return errors.New(string(text))
}

package main

// Files of JSON: models and recipes.

import (
	"context"
	"fmt"
	"os"

	"mgtool/internal/strictjson"
)

// readJSON reads a file, a pipe included, of at most so much as a configuration can
// have, unless ctx is cancelled: a pipe may have no writer.
func readJSON(ctx context.Context, path string) ([]byte, error) {
	return orStop(ctx, func() ([]byte, error) {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		data, err := strictjson.Read(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return data, nil
	})
}

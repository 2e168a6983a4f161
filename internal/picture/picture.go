// Package picture reads PNG and JPEG files, with a look at their size first, so
// that a small file that claims to be huge cannot fill the memory, and draws what
// is to be looked at: a [Sheet] of many small pictures, a [Matrix] of counts.
package picture

import (
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // the formats that image.Decode knows
	_ "image/png"
	"io"
	"os"
)

// MaxPixels is how many pixels a picture may have.
const MaxPixels = 64_000_000

// Decode reads the picture in a file. The error names the file; one for a
// missing file wraps fs.ErrNotExist.
func Decode(path string) (image.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a directory, not a picture", path)
	}
	header, _, err := image.DecodeConfig(f)
	if errors.Is(err, image.ErrFormat) {
		return nil, fmt.Errorf("%s is not a PNG or JPEG picture", path)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if header.Width < 1 || header.Height < 1 || header.Height > MaxPixels/header.Width {
		return nil, fmt.Errorf("%s is a picture of %d x %d pixels; at least 1 and at most %d pixels in all are read",
			path, header.Width, header.Height, MaxPixels)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	img, _, err := image.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", path, err)
	}
	return img, nil
}

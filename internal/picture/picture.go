// Package picture reads pictures from files, resamples them, and draws figures: a [Sheet]
// of many small pictures, a [Matrix] of counts. It checks the size of a picture before
// decoding it, so a small file that claims to be huge cannot exhaust the memory.
//
// A picture is what a viewer shows:
//
//   - Its content determines the format, not its name: PNG, JPEG, GIF, TIFF,
//     WebP or BMP.
//   - It is turned upright by its orientation tag: that of EXIF in JPEG, PNG (eXIf) and
//     WebP, that of the first directory in TIFF. A damaged tag is ignored.
//   - The first picture of an animation or of a file with several pages is read; that of
//     a GIF is placed on the file's canvas, which is transparent elsewhere.
//   - Transparent pixels stay transparent; [Resample] blends them with black.
package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"io"
	"os"
)

// Limits of what is read.
const (
	MaxPixels = 250_000_000 // of a picture: a camera with 200 megapixels has 16320 x 12240
	maxBytes  = 1 << 30     // of memory to decode a picture, and of a file
	maxStream = 256 << 20   // bytes from a pipe or a device, which are kept in memory
)

// Decode reads a picture from a file, a pipe or a device. Its error names the file, and
// wraps fs.ErrNotExist if the file is missing.
func Decode(path string) (image.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := sizeOf(f)
	if err == errNotRegular {
		return Read(f, path)
	}
	if err != nil {
		return nil, err
	}
	return decode(f, size, path)
}

// Read is [Decode] for a source that cannot be read twice, such as standard input. It
// reads at most 256 MB, and only the first few if they are not of a picture.
// Its error begins with name.
func Read(r io.Reader, name string) (image.Image, error) {
	head := make([]byte, sniffed)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if head = head[:n]; formatOf(head) == nil {
		return nil, notPicture(head, name)
	}
	var all bytes.Buffer
	all.Write(head)
	if _, err := all.ReadFrom(io.LimitReader(r, maxStream+1-int64(n))); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if all.Len() > maxStream {
		return nil, fmt.Errorf("%s has more than %d bytes, the most that is read of a picture from a pipe", name, maxStream)
	}
	return decode(bytes.NewReader(all.Bytes()), int64(all.Len()), name)
}

// decode reads a picture of size bytes.
func decode(r io.ReaderAt, size int64, name string) (image.Image, error) {
	f, about, err := header(r, size, name)
	if err != nil {
		return nil, err
	}
	img, err := f.decode(io.NewSectionReader(r, 0, size))
	if err != nil {
		return nil, undecoded(name, err)
	}
	if about.negative {
		negate(img)
	}
	return turn(img, about.orientation), nil
}

// pixelBytes returns an upper bound on the memory of a pixel.
func pixelBytes(m color.Model) int {
	switch m {
	case color.GrayModel:
		return 1
	case color.Gray16Model:
		return 2
	case color.YCbCrModel:
		return 3
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	}
	if _, ok := m.(color.Palette); ok {
		return 1
	}
	return 4
}

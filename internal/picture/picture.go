// Package picture reads pictures from files, with a look at their size first, so
// that a small file that claims to be huge cannot fill the memory, resamples them,
// and draws what is to be looked at: a [Sheet] of many small pictures, a [Matrix]
// of counts.
//
// A picture is what a viewer shows:
//
//   - Its content says what it is, not its name; [Formats] lists what is read.
//   - It is turned upright as its orientation tag says: that of EXIF in JPEG, PNG
//     (eXIf) and WebP, that of the first directory in TIFF. A damaged tag counts as
//     none.
//   - Of an animation or a file of several pages, the first picture is read; that of
//     a GIF stands on the file's canvas, transparent around it.
//   - Transparent pixels stay transparent; [Resample] shows them before black.
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
	MaxPixels = 250_000_000 // of a picture: a camera of 200 megapixels has 16320 x 12240
	MaxBytes  = 1 << 30     // that a picture takes while it is decoded, and of a file
	MaxStream = 256 << 20   // bytes of a pipe or a device, which are kept in memory
)

// Decode reads the picture in a file, a pipe or a device. The error names the
// file; one for a missing file wraps fs.ErrNotExist.
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

// Read is [Decode] for what cannot be read twice: a pipe, standard input. Of r at
// most [MaxStream] bytes are read, and none beyond the first few if they are of no
// picture. The error begins with name.
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
	if _, err := all.ReadFrom(io.LimitReader(r, MaxStream+1-int64(n))); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if all.Len() > MaxStream {
		return nil, fmt.Errorf("%s has more than %d bytes, the most that is read of a picture from a pipe", name, MaxStream)
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

// pixelBytes is what a pixel takes in memory at most.
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

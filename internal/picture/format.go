package picture

// Picture formats, recognised by the first bytes of a file.

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"os"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"
)

// formatNames lists the supported formats.
const formatNames = "PNG, JPEG, GIF, TIFF, WebP or BMP"

// format says how pictures of one format are read.
type format struct {
	magic  []string // possible first bytes of a file; ? matches any byte
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	about  func(*io.SectionReader) facts
}

// facts are what the decoders do not report.
type facts struct {
	orientation int  // 1 to 8, as in EXIF
	extra       int  // bytes per pixel that the decoder needs besides the picture
	negative    bool // the decoder swaps black and white
}

var formats = []*format{
	{[]string{"\x89PNG\r\n\x1a\n"}, png.DecodeConfig, png.Decode, aboutPNG},
	{[]string{"\xff\xd8"}, jpeg.DecodeConfig, jpeg.Decode, aboutJPEG},
	{[]string{"GIF87a", "GIF89a"}, gif.DecodeConfig, decodeGIF, func(*io.SectionReader) facts { return facts{orientation: 1} }},
	{[]string{"II*\x00", "MM\x00*"}, tiff.DecodeConfig, tiff.Decode, aboutTIFF},
	{[]string{"RIFF????WEBPVP8"}, webp.DecodeConfig, decodeWebP, aboutWebP},
	{[]string{"BM????\x00\x00\x00\x00"}, bmp.DecodeConfig, bmp.Decode, func(*io.SectionReader) facts { return facts{orientation: 1} }},
}

// unread are the first bytes of pictures in unsupported formats.
var unread = []struct{ name, magic string }{
	{"HEIF", "????ftyphei"}, {"HEIF", "????ftyphev"}, {"HEIF", "????ftypmif1"}, {"HEIF", "????ftypmsf1"},
	{"AVIF", "????ftypavi"}, {"JPEG 2000", "\x00\x00\x00\x0cjP  "}, {"JPEG XL", "\x00\x00\x00\x0cJXL "},
	{"Photoshop", "8BPS\x00"}, {"BigTIFF", "II+\x00"}, {"BigTIFF", "MM\x00+"},
}

// sniffed is the number of bytes that identify the format.
const sniffed = 16

func begins(head []byte, magic string) bool {
	if len(head) < len(magic) {
		return false
	}
	for i := range len(magic) {
		if magic[i] != '?' && magic[i] != head[i] {
			return false
		}
	}
	return true
}

// formatOf returns the format of a file with the given first bytes, or nil.
func formatOf(head []byte) *format {
	for _, f := range formats {
		for _, m := range f.magic {
			if begins(head, m) {
				return f
			}
		}
	}
	return nil
}

// notPicture returns the error for a file whose first bytes are of no supported format.
func notPicture(head []byte, name string) error {
	if len(head) == 0 {
		return fmt.Errorf("%s is empty, not a %s picture", name, formatNames)
	}
	for _, u := range unread {
		if begins(head, u.magic) {
			return fmt.Errorf("%s is a %s picture; want %s", name, u.name, formatNames)
		}
	}
	return fmt.Errorf("%s is not a %s picture", name, formatNames)
}

// undecoded says why a picture cannot be decoded: it is damaged, or uses a feature that
// the decoder does not support.
func undecoded(name string, err error) error {
	var ofJPEG jpeg.UnsupportedError
	var ofPNG png.UnsupportedError
	var ofTIFF tiff.UnsupportedError
	if errors.As(err, &ofJPEG) || errors.As(err, &ofPNG) || errors.As(err, &ofTIFF) || errors.Is(err, bmp.ErrUnsupported) {
		return fmt.Errorf("%s cannot be decoded: %w", name, err)
	}
	return fmt.Errorf("%s is damaged: %w", name, err)
}

// Sniff reports whether a file begins like a picture, in a supported format or not. The
// error is that of opening or reading the file.
func Sniff(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	head := make([]byte, sniffed)
	n, err := f.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return false, err
	}
	if head = head[:n]; formatOf(head) != nil {
		return true, nil
	}
	for _, u := range unread {
		if begins(head, u.magic) {
			return true, nil
		}
	}
	return false, nil
}

// decodeGIF reads the first picture of a GIF, placed on the file's canvas.
func decodeGIF(r io.Reader) (image.Image, error) {
	var head bytes.Buffer
	header, err := gif.DecodeConfig(io.TeeReader(r, &head))
	if err != nil {
		return nil, err
	}
	first, err := gif.Decode(io.MultiReader(&head, r))
	if err != nil {
		return nil, err
	}
	canvas := image.Rect(0, 0, header.Width, header.Height)
	if first.Bounds() == canvas {
		return first, nil
	}
	whole := image.NewNRGBA(canvas)
	draw.Draw(whole, first.Bounds(), first, first.Bounds().Min, draw.Src)
	return whole, nil
}

// IsGrey reports whether the colour model of a picture is grey.
func IsGrey(img image.Image) bool {
	if t, ok := img.(*turned); ok {
		return IsGrey(t.source)
	}
	m := img.ColorModel()
	return m == color.GrayModel || m == color.Gray16Model
}

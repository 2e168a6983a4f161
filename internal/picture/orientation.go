package picture

// Orientation: cameras store a picture as the sensor reads it, and a tag tells how to
// turn it upright.

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"io"
)

// orientation reads the Orientation tag of a TIFF file, which a block of EXIF is too. A
// damaged or missing tag, or one out of range, means 1, upright.
func orientation(r io.ReaderAt) int {
	if value := tagTIFF(r, 0x0112); value >= 1 && value <= 8 {
		return int(value)
	}
	return 1
}

// ofEXIF returns the orientation in a block of EXIF, with or without JPEG's prefix.
func ofEXIF(block []byte) int { return orientation(bytes.NewReader(bytes.TrimPrefix(block, exifMark))) }

var exifMark = []byte("Exif\x00\x00")

// aboutJPEG walks the segments before the picture. EXIF is the first APP1 segment with
// its prefix. The frame header tells whether the picture is progressive: then the decoder
// keeps all coefficients, of 4 bytes each.
func aboutJPEG(s *io.SectionReader) facts {
	const app1, progressive, scan, end = 0xe1, 0xc2, 0xda, 0xd9
	r, about := bufio.NewReader(s), facts{orientation: 1}
	known := false
	r.Discard(2) // start of image
	for {
		// As decoders do, skip bytes that are no marker.
		marker := byte(0)
		for before := byte(0); before != 0xff || marker == 0 || marker == 0xff; {
			var err error
			before = marker
			if marker, err = r.ReadByte(); err != nil {
				return about
			}
		}
		if marker >= 0xd0 && marker <= 0xd7 { // a restart marker, which has no length
			continue
		}
		var length [2]byte
		if marker == scan || marker == end {
			return about
		}
		if _, err := io.ReadFull(r, length[:]); err != nil {
			return about
		}
		n := int(binary.BigEndian.Uint16(length[:])) - 2
		if n < 0 {
			return about
		}
		if marker == progressive {
			about.extra = 4 * 3
		}
		if marker != app1 || known {
			if _, err := r.Discard(n); err != nil {
				return about
			}
			continue
		}
		block := make([]byte, n)
		if _, err := io.ReadFull(r, block); err != nil {
			return about
		}
		if bytes.HasPrefix(block, exifMark) {
			known, about.orientation = true, ofEXIF(block)
		}
	}
}

// maxChunks bounds the number of chunks that are read of a file.
const maxChunks = 1 << 17

// maxEXIF bounds what is read of a block of EXIF, which begins with its first directory.
const maxEXIF = 1 << 20

// aboutPNG looks for the chunk eXIf, which may follow the picture. A chunk is its
// length, type, content and checksum.
func aboutPNG(s *io.SectionReader) facts {
	at := int64(8)
	for range maxChunks {
		var head [8]byte
		if _, err := s.ReadAt(head[:], at); err != nil {
			break
		}
		n := int64(binary.BigEndian.Uint32(head[:]))
		switch string(head[4:]) {
		case "eXIf":
			return facts{orientation: ofEXIF(block(s, at+8, n))}
		case "IEND":
			return facts{orientation: 1}
		}
		at += 8 + n + 4
	}
	return facts{orientation: 1}
}

// block returns what the file has of n bytes at a position.
func block(r io.ReaderAt, at, n int64) []byte {
	b := make([]byte, min(n, maxEXIF))
	k, _ := r.ReadAt(b, at)
	return b[:k]
}

// turned is an upright view of a picture. Its bounds begin at (0, 0).
type turned struct {
	source      image.Image
	orientation int
}

// turn returns an upright view of a picture that is stored in the given orientation.
func turn(img image.Image, orientation int) image.Image {
	if orientation == 1 {
		return img
	}
	return &turned{img, orientation}
}

func (t *turned) ColorModel() color.Model { return t.source.ColorModel() }

func (t *turned) Bounds() image.Rectangle {
	size := t.source.Bounds().Size()
	if t.orientation >= 5 {
		size.X, size.Y = size.Y, size.X
	}
	return image.Rectangle{Max: size}
}

// place returns where the pixel (x, y) is stored.
func (t *turned) place(x, y int) (int, int) {
	b := t.source.Bounds()
	right, bottom := b.Dx()-1, b.Dy()-1
	switch t.orientation {
	case 2: // mirrored
		x = right - x
	case 3: // upside down
		x, y = right-x, bottom-y
	case 4:
		y = bottom - y
	case 5: // transposed
		x, y = y, x
	case 6: // needs a turn by 90° clockwise
		x, y = y, bottom-x
	case 7:
		x, y = right-y, bottom-x
	case 8: // needs a turn by 90° counterclockwise
		x, y = right-y, x
	}
	return b.Min.X + x, b.Min.Y + y
}

func (t *turned) At(x, y int) color.Color { return t.source.At(t.place(x, y)) }

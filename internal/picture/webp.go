package picture

// WebP: the decoder reads single pictures, so the first frame of an animation is
// repackaged as one.

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/draw"
	"io"

	"golang.org/x/image/webp"
)

// aboutWebP looks for the chunk EXIF. A chunk is its type, length and content, padded to
// an even number of bytes.
func aboutWebP(s *io.SectionReader) facts {
	at, about := int64(12), facts{orientation: 1}
	if animated(s) {
		about.extra = 4 // the canvas
	}
	for range maxChunks {
		var head [8]byte
		if _, err := s.ReadAt(head[:], at); err != nil {
			break
		}
		n := int64(binary.LittleEndian.Uint32(head[4:]))
		if string(head[:4]) == "EXIF" {
			about.orientation = ofEXIF(block(s, at+8, n))
			return about
		}
		at += 8 + n + n%2
	}
	return about
}

// animated reads the animation flag in a file's VP8X header.
func animated(r io.ReaderAt) bool {
	var head [21]byte
	_, err := r.ReadAt(head[:], 0)
	return err == nil && string(head[12:16]) == "VP8X" && head[20]&2 != 0
}

// decodeWebP reads a picture, or the first frame of an animation on the file's canvas.
func decodeWebP(r io.Reader) (image.Image, error) {
	s, ok := r.(io.ReaderAt)
	if !ok || !animated(s) {
		return webp.Decode(r)
	}
	at := int64(12)
	for range maxChunks {
		var head [8]byte
		if _, err := s.ReadAt(head[:], at); err != nil {
			break
		}
		n := int64(binary.LittleEndian.Uint32(head[4:]))
		if string(head[:4]) == "ANMF" {
			header, err := webp.DecodeConfig(r)
			if err != nil {
				return nil, err
			}
			return firstFrame(io.NewSectionReader(s, at+8, n), image.Rect(0, 0, header.Width, header.Height))
		}
		at += 8 + n + n%2
	}
	return nil, errors.New("webp: an animation without a frame")
}

// firstFrame decodes a frame: its corner in units of two pixels, its width and height
// minus 1 and its duration, of three bytes each, flags, and the chunks of one picture.
func firstFrame(s *io.SectionReader, canvas image.Rectangle) (image.Image, error) {
	var b [20]byte // and the type of the first chunk
	if _, err := s.ReadAt(b[:], 0); err != nil {
		return nil, errors.New("webp: the first frame is cut short")
	}
	three := func(at int) int { return int(b[at]) | int(b[at+1])<<8 | int(b[at+2])<<16 }
	corner := image.Pt(2*three(0), 2*three(3))
	place := image.Rectangle{Min: corner, Max: corner.Add(image.Pt(three(6)+1, three(9)+1))}
	if !place.In(canvas) {
		return nil, errors.New("webp: the first frame does not lie on the canvas")
	}
	// A file of one picture with these chunks.
	flags := byte(0)
	if string(b[16:20]) == "ALPH" {
		flags = 1 << 4
	}
	head := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(4+18+s.Size()-16))
	head = append(head, "WEBPVP8X\n\x00\x00\x00"...)
	head = append(head, flags, 0, 0, 0)
	head = append(head, b[6:12]...)
	img, err := webp.Decode(io.MultiReader(bytes.NewReader(head), io.NewSectionReader(s, 16, s.Size()-16)))
	if err != nil || place == canvas {
		return img, err
	}
	whole := image.NewNRGBA(canvas)
	draw.Draw(whole, place, img, img.Bounds().Min, draw.Src)
	return whole, nil
}

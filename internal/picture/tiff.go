package picture

// What Go's TIFF decoder does not report, or gets wrong.

import (
	"encoding/binary"
	"image"
	"io"
)

// tagTIFF returns the value of a tag, an integer, in the first directory of a TIFF file:
//
//	byte order "II" or "MM", 42, offset of the directory; there
//	count, then that many entries of 12 bytes: tag, type, count, value.
//
// It returns 0 if the tag is missing or the file is damaged.
func tagTIFF(r io.ReaderAt, tag uint16) uint32 {
	const entry = 12
	var b [8]byte
	if _, err := r.ReadAt(b[:], 0); err != nil {
		return 0
	}
	var order binary.ByteOrder
	switch string(b[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 0
	}
	at := int64(order.Uint32(b[4:]))
	if _, err := r.ReadAt(b[:2], at); err != nil {
		return 0
	}
	entries := make([]byte, entry*int(order.Uint16(b[:])))
	n, _ := r.ReadAt(entries, at+2) // a truncated directory gives what there is
	for e := entries[:n]; len(e) >= entry; e = e[entry:] {
		if order.Uint16(e) != tag {
			continue
		}
		if order.Uint32(e[4:]) != 1 {
			return 0
		}
		switch order.Uint16(e[2:]) {
		case 1:
			return uint32(e[8])
		case 3:
			return uint32(order.Uint16(e[8:]))
		case 4:
			return order.Uint32(e[8:])
		}
		return 0
	}
	return 0
}

// aboutTIFF reads the orientation, and whether the decoder swaps black and white. A fax
// code (CCITT groups 3 and 4) stores runs of zeros and ones, and the tag
// PhotometricInterpretation says which are black, as it does for uncoded pixels. The
// decoder always takes zeros for white, which is wrong if the tag says that 0 is black.
func aboutTIFF(s *io.SectionReader) facts {
	const compression, photometric, group3, group4, blackIsZero = 259, 262, 3, 4, 1
	c := tagTIFF(s, compression)
	return facts{
		orientation: orientation(s),
		negative:    (c == group3 || c == group4) && tagTIFF(s, photometric) == blackIsZero,
	}
}

// negate swaps black and white.
func negate(img image.Image) {
	if g, ok := img.(*image.Gray); ok { // the result of decoding a fax code
		for i, v := range g.Pix {
			g.Pix[i] = 255 - v
		}
	}
}

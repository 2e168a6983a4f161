package source

// A digest of samples, by which a resumed training knows its data again.

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"mgtool/internal/parallel"
)

// Digest is the same for sources that hold the same samples in the same order: "sha256:"
// and the SHA-256, in hexadecimal, of what their Digest methods write.
func Digest(sources ...Source) (string, error) {
	all := sha256.New()
	for _, s := range sources {
		if err := s.Digest(all); err != nil {
			return "", err
		}
	}
	return "sha256:" + hex.EncodeToString(all.Sum(nil)), nil
}

// digestBlock is how many bytes are digested at a time.
const digestBlock = 1 << 20

// WriteBlocks writes the number of some bytes and then the SHA-256 of each block of 1 MiB
// of them, which it takes on all cores. The bytes come in the pieces that next returns, the
// last of which ends with byte number total.
func WriteBlocks(w io.Writer, total int, next func() ([]byte, error)) error {
	fmt.Fprintf(w, "%d\n", total)
	var rest []byte // less than a block
	for done := 0; done < total; {
		piece, err := next()
		if err != nil {
			return err
		}
		if done += len(piece); len(piece) == 0 || done > total {
			return fmt.Errorf("source: %d bytes to digest; want %d", done, total)
		}
		if len(rest) > 0 {
			piece = append(rest, piece...)
		}
		whole := len(piece)
		if done < total {
			whole -= whole % digestBlock
		}
		sums := make([][sha256.Size]byte, (whole+digestBlock-1)/digestBlock)
		parallel.Each(len(sums), func(_, i int) {
			sums[i] = sha256.Sum256(piece[i*digestBlock : min((i+1)*digestBlock, whole)])
		})
		for _, s := range sums {
			w.Write(s[:])
		}
		rest = append([]byte(nil), piece[whole:]...)
	}
	return nil
}

// once returns a function for WriteBlocks that has the bytes in one piece.
func once(bytes []byte) func() ([]byte, error) {
	return func() ([]byte, error) { return bytes, nil }
}

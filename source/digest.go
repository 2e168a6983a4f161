package source

// A digest of samples, by which a resumed training recognises its data.

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"mgtool/internal/parallel"
)

// Digest returns "sha256:" and the SHA-256, in hexadecimal, of what the Digest methods of
// the sources write. It is equal for sources with the same samples in the same order.
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

// WriteBlocks writes total, a number of bytes, and then the SHA-256 of each 1 MiB of them,
// computed on all cores. next returns the bytes piece by piece; the pieces must add up to
// total.
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

// once returns all bytes as one piece for WriteBlocks.
func once(bytes []byte) func() ([]byte, error) {
	return func() ([]byte, error) { return bytes, nil }
}

package tensor

// Ranges of channels, for convolutions in groups.

import (
	"fmt"

	"mgtool/internal/parallel"
)

// CopyChannels copies count channels of every pixel, from channel srcFirst on in src,
// which has srcChannels, to channel dstFirst on in dst, which has dstChannels.
func CopyChannels(dst []float32, dstChannels, dstFirst int, src []float32, srcChannels, srcFirst, count int) {
	rows := len(src) / srcChannels
	if rows*srcChannels != len(src) || rows*dstChannels != len(dst) || min(dstFirst, srcFirst, count) < 0 || dstFirst+count > dstChannels || srcFirst+count > srcChannels {
		panic(fmt.Sprintf("tensor: copy of %d channels, %d of %d to %d of %d, of %d values to %d", count, srcFirst, srcChannels, dstFirst, dstChannels, len(src), len(dst)))
	}
	parallel.For(rows, grain/(count+1)+1, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			copy(dst[r*dstChannels+dstFirst:][:count], src[r*srcChannels+srcFirst:][:count])
		}
	})
}

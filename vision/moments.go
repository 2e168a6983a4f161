package vision

// This file finds the mean and the deviation of the bytes of images.

import "math"

// histogram counts the bytes of every channel. Counts are whole numbers, so their sums do
// not depend on the order in which images are counted.
type histogram [][256]int

func newHistogram(channels int) *histogram {
	h := make(histogram, channels)
	return &h
}

// count counts the bytes of whole images.
func (h histogram) count(pixels []uint8) {
	for c := range h {
		counts := &h[c]
		for k := c; k < len(pixels); k += len(h) {
			counts[pixels[k]]++
		}
	}
}

// add adds the counts of other images.
func (h histogram) add(other *histogram) {
	for c := range h {
		for v, n := range (*other)[c] {
			h[c][v] += n
		}
	}
}

// moments returns the mean and the standard deviation of every channel, of bytes scaled
// to [0, 1]. A deviation below a grey step, 1/255, is taken as that.
func (h histogram) moments() (mean, std []float32) {
	for _, counts := range h {
		n, sum, squares := 0, 0, 0
		for v, times := range counts {
			n += times
			sum += v * times
			squares += v * v * times
		}
		m := float64(sum) / float64(n)
		variance := float64(squares)/float64(n) - m*m
		mean = append(mean, float32(m/255))
		std = append(std, float32(math.Sqrt(max(variance, 1))/255))
	}
	return mean, std
}

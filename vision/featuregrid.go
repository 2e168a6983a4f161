package vision

// This file restricts an image to coarser grids.

// PiecewiseConstant is the image on grid V_level of the lectures' hierarchy. An
// image is a function that is constant on each pixel; m = 2^s + 1 by n = 2^t + 1
// grid lines bound 2^s × 2^t pixels, and every second line is one of the next grid.
// So V_1 ⊃ V_2 ⊃ …, where V_l holds the functions that are constant on blocks of
// 2^(l−1) × 2^(l−1) pixels, counted from the top left corner.
//
// The result is the L2 projection onto V_level, the mean of each block, as a
// function on the pixels of f. Sides may be any: blocks that the right or the lower
// border cuts are smaller. V_1 is f itself, and so is every level below it; beyond
// [Feature.Levels] there is nothing but the mean of all pixels.
func (f Feature) PiecewiseConstant(level int) Feature {
	if level <= 1 {
		return f
	}
	out := f.like(f.channels)
	block := 1 << (min(level, f.Levels()) - 1)
	for top := 0; top < f.height; top += block {
		for left := 0; left < f.width; left += block {
			for c := range f.channels {
				f.mean(out, top, left, min(top+block, f.height), min(left+block, f.width), c)
			}
		}
	}
	return out
}

// mean writes the mean of a block of one channel to its pixels in out.
func (f Feature) mean(out Feature, top, left, bottom, right, c int) {
	sum := 0.0
	for y := top; y < bottom; y++ {
		for x := left; x < right; x++ {
			sum += float64(f.At(y, x, c))
		}
	}
	mean := float32(sum / float64((bottom-top)*(right-left)))
	for y := top; y < bottom; y++ {
		for x := left; x < right; x++ {
			out.values[(y*f.width+x)*f.channels+c] = mean
		}
	}
}

// Levels is the number of grids, from the pixels to a single block.
func (f Feature) Levels() int {
	levels := 1
	for 1<<(levels-1) < max(f.height, f.width) {
		levels++
	}
	return levels
}

// Blocks is the number of rows and columns of blocks of V_level.
func (f Feature) Blocks(level int) (rows, columns int) {
	block := 1 << (min(max(level, 1), f.Levels()) - 1)
	return (f.height + block - 1) / block, (f.width + block - 1) / block
}

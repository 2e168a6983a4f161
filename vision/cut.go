package vision

// This file writes a piece of an image as network input: shifted in a black
// frame, shifted and reflected, or scaled; mirrored; with a square blanked.

// cut writes the input of the piece of an image of d that begins at row dy and
// column dx, black where that lies outside, and then mirrored if wanted.
func cut(dst []float32, d *Dataset, pixels []uint8, dy, dx int, mirror bool, t [][256]float32) {
	h, w, channels := d.Height, d.Width, d.Channels
	left, right := max(0, -dx), min(w, w-dx) // the columns of the piece that lie inside
	for y := range h {
		row := dst[y*w*channels : (y+1)*w*channels]
		if y+dy < 0 || y+dy >= h {
			black(row, t)
			continue
		}
		black(row[:left*channels], t)
		black(row[right*channels:], t)
		from := ((y+dy)*w + left + dx) * channels
		apply(row[left*channels:right*channels], pixels[from:from+(right-left)*channels], t)
		if mirror {
			reverse(row, channels)
		}
	}
}

// black writes the inputs of black pixels.
func black(dst []float32, t [][256]float32) {
	for c := range t {
		for k := c; k < len(dst); k += len(t) {
			dst[k] = t[c][0]
		}
	}
}

// reverse puts the pixels of a row in the opposite order.
func reverse(row []float32, channels int) {
	for i, j := 0, len(row)-channels; i < j; i, j = i+channels, j-channels {
		for c := range channels {
			row[i+c], row[j+c] = row[j+c], row[i+c]
		}
	}
}

// shift is cut with the image reflected where cut has black. The shift is smaller
// than the image, so one reflection is enough.
func shift(dst []float32, d *Dataset, pixels []uint8, dy, dx int, mirror bool, t [][256]float32) {
	h, w, channels := d.Height, d.Width, d.Channels
	left, right := max(0, -dx), min(w, w-dx)
	for y := range h {
		from := pixels[reflected(y+dy, h)*w*channels:][:w*channels]
		row := dst[y*w*channels : (y+1)*w*channels]
		apply(row[left*channels:right*channels], from[(left+dx)*channels:(right+dx)*channels], t)
		outside := func(first, last int) {
			for x := first; x < last; x++ {
				k := reflected(x+dx, w) * channels
				apply(row[x*channels:(x+1)*channels], from[k:k+channels], t)
			}
		}
		outside(0, left)
		outside(right, w)
		if mirror {
			reverse(row, channels)
		}
	}
}

// reflected is the place in [0, n) that i, at most n − 1 outside, is reflected to
// at the first or the last place, which are not repeated.
func reflected(i, n int) int {
	if i < 0 {
		return -i
	}
	if i >= n {
		return 2*(n-1) - i
	}
	return i
}

// scale writes the input of a part of an image, scaled to height x width. The
// centre of a pixel of the result lies at (y + 1/2)·part.height/height of the part,
// and takes its value from the nearest four pixels, none outside of the part.
func scale(dst []float32, height, width int, d *Dataset, pixels []uint8, part box, mirror bool, t [][256]float32) {
	channels := d.Channels
	for y := range height {
		top, bottom, down := between(y, height, part.top, part.height)
		upper, lower := pixels[top*d.Width*channels:], pixels[bottom*d.Width*channels:]
		row := dst[y*width*channels : (y+1)*width*channels]
		for x := range width {
			left, right, along := between(x, width, part.left, part.width)
			l, r := left*channels, right*channels
			for c := range channels {
				v := &t[c]
				above := v[upper[l+c]] + along*(v[upper[r+c]]-v[upper[l+c]])
				below := v[lower[l+c]] + along*(v[lower[r+c]]-v[lower[l+c]])
				row[x*channels+c] = above + down*(below-above)
			}
		}
		if mirror {
			reverse(row, channels)
		}
	}
}

// between returns the two pixels of [first, first + count) between which the
// centre of pixel i of n lies, and how far from the one to the other.
func between(i, n, first, count int) (a, b int, share float32) {
	at := (float32(i)+0.5)*float32(count)/float32(n) - 0.5
	at = min(max(at, 0), float32(count-1))
	a = int(at)
	return first + a, first + min(a+1, count-1), at - float32(a)
}

// erase sets a part of an input of the given width to 0.
func erase(dst []float32, width, channels int, part box) {
	for y := part.top; y < part.top+part.height; y++ {
		clear(dst[(y*width+part.left)*channels:][:part.width*channels])
	}
}

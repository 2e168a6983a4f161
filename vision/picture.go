package vision

// This file reads one picture from a file, for a prediction.

import (
	"fmt"
	"image"
	"image/color"

	"golang.org/x/image/draw"

	"mgtool/internal/picture"
)

// ReadPicture reads a PNG or JPEG file and returns it as bytes (height, width,
// channels), channels 1 (grey, the luma of ITU-R BT.601) or 3 (red, green,
// blue). The largest centred piece with the proportions of height : width is
// resampled with the Catmull-Rom kernel, so nothing is distorted. What is
// transparent becomes black; the orientation noted in a JPEG is not applied.
//
// The bytes still have to be normalised, see [Normalize]. A file that is
// missing, is no such picture, is damaged or has more than 64 million pixels
// is an error.
func ReadPicture(path string, height, width, channels int) ([]uint8, error) {
	if height < 1 || width < 1 || height > picture.MaxPixels/width {
		return nil, fmt.Errorf("vision: a picture of %d x %d is wanted; both must be at least 1 and the product at most %d",
			height, width, picture.MaxPixels)
	}
	if channels != 1 && channels != 3 {
		return nil, fmt.Errorf("vision: a picture of %d channels is wanted; it must be 1 (grey) or 3 (red, green, blue)", channels)
	}
	source, err := picture.Decode(path)
	if err != nil {
		return nil, fmt.Errorf("vision: %w", err)
	}
	return resample(source, height, width, channels), nil
}

// resample makes the bytes of [ReadPicture] from a picture of any colour model.
func resample(source image.Image, height, width, channels int) []uint8 {
	// Over opaque black, so that the result needs no alpha.
	scaled := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(scaled, scaled.Rect, image.Black, image.Point{}, draw.Src)
	draw.CatmullRom.Scale(scaled, scaled.Rect, source, centre(source.Bounds(), height, width), draw.Over, nil)

	pixels := make([]uint8, 0, height*width*channels)
	for y := range height {
		for x := range width {
			p := scaled.RGBAAt(x, y)
			if channels == 1 {
				pixels = append(pixels, color.GrayModel.Convert(p).(color.Gray).Y)
			} else {
				pixels = append(pixels, p.R, p.G, p.B)
			}
		}
	}
	return pixels
}

// centre returns the largest centred part of r with the proportions of
// height : width.
func centre(r image.Rectangle, height, width int) image.Rectangle {
	w, h := r.Dx(), r.Dy()
	if w*height > h*width {
		w = max(1, (h*width+height/2)/height)
	} else {
		h = max(1, (w*height+width/2)/width)
	}
	corner := r.Min.Add(image.Pt((r.Dx()-w)/2, (r.Dy()-h)/2))
	return image.Rectangle{Min: corner, Max: corner.Add(image.Pt(w, h))}
}

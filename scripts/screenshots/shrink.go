package main

import (
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"slices"
)

// mostColours are what one byte a pixel can tell apart.
const mostColours = 256

// shrink writes a picture again with a palette of few colours. Pages are drawn with few;
// only the rims of letters move to the nearest one.
func shrink(file string) error {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	whole, err := png.Decode(in)
	in.Close()
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(out, paletted(whole)); err != nil {
		out.Close()
		return fmt.Errorf("%s: %w", file, err)
	}
	return out.Close()
}

// palette takes the most frequent colours, and fills up with those that would otherwise
// change most: a small square of gold stays gold.
func palette(count map[color.Color]int) color.Palette {
	all := slices.Collect(maps.Keys(count))
	slices.SortFunc(all, func(a, b color.Color) int { return cmp.Or(count[b]-count[a], brightness(a)-brightness(b)) })
	out := color.Palette(slices.Clone(all[:min(len(all), mostColours/2)]))
	far := make([]int, len(all))
	for i, c := range all {
		far[i] = distance(c, out.Convert(c))
	}
	for len(out) < min(len(all), mostColours) {
		worst := 0
		for i, c := range all {
			if far[i]*count[c] > far[worst]*count[all[worst]] {
				worst = i
			}
		}
		out = append(out, all[worst])
		for i, c := range all {
			far[i] = min(far[i], distance(c, all[worst]))
		}
	}
	return out
}

// distance is how different two colours are, 0 for the same.
func distance(a, b color.Color) int {
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	square := func(x, y uint32) int { d := int(x>>8) - int(y>>8); return d * d }
	return square(ar, br) + square(ag, bg) + square(ab, bb)
}

func paletted(whole image.Image) *image.Paletted {
	b := whole.Bounds()
	count := map[color.Color]int{}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			count[whole.At(x, y)]++
		}
	}
	out := image.NewPaletted(b, palette(count))
	nearest := map[color.Color]uint8{}
	for c := range count {
		nearest[c] = uint8(out.Palette.Index(c))
	}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			out.SetColorIndex(x, y, nearest[whole.At(x, y)])
		}
	}
	return out
}

// brightness orders colours that are equally frequent, so that a picture taken twice is
// the same file.
func brightness(c color.Color) int {
	r, g, b, _ := c.RGBA()
	return int(r)*3 + int(g)*6 + int(b)
}

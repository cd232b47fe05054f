package chunk

// window is how many bytes before a boundary decide about it: those that have not been shifted out of a hash of 64 bits.
const window = 64

// gear gives each byte a number of 64 bits for the rolling hash (splitmix64, from state 0), but a byte of zero has 1, so that the
// hash of zeros is all ones: a boundary never lies in a hole while there is any other place for it.
var gear = func() (table [256]uint64) {
	state := uint64(0)
	for i := range table {
		state += 0x9e3779b97f4a7c15
		z := state
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		table[i] = z ^ z>>31
	}
	table[0] = 1
	return table
}()

// boundary is the length of the first chunk of rest, which is the stream from the last boundary, Max bytes of it or all there
// are. The chunk ends behind the window with the lowest hash of all that it may end with, the first of equals, so sizes spread
// evenly between Min and Max, and cutters that began at different places soon agree.
func boundary(rest []byte) int {
	if len(rest) <= Min {
		return len(rest)
	}
	var h uint64
	for _, v := range rest[Min-window : Min] {
		h = h<<1 + gear[v]
	}
	end, lowest := len(rest), ^uint64(0)
	for i, v := range rest[Min:] {
		h = h<<1 + gear[v]
		if h >= lowest {
			continue // written so, it stays a branch, which is right nearly always: half as quick again as a conditional move
		}
		end, lowest = Min+i+1, h
	}
	return end
}

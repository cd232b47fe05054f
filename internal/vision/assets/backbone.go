package assets

// BackboneSum is the SHA-256 of lite0.onnx as tools/backbone writes it.
const BackboneSum = "b343bf7dc5e96cdcef8c2c7b3d4efab6cfe8f0d7066704db666257c1e58e83d0"

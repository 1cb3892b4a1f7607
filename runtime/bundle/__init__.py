"""Bundles: a fitted sampler as a folder of JSON and safetensors."""

"""Packs folders of pictures and label texts into the trainers' format."""

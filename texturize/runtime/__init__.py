"""The machine: device, processors, environment, and compiled programs kept between runs."""

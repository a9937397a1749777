module nova/receiver

go 1.19

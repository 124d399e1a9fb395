module geofence

go 1.26.0

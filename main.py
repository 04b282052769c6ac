from field_app.app import start

start()

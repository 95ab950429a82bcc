"""The SHA-256 of the words that were accepted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("consent", "0005_school_networks")]

    operations = [
        migrations.AddField(
            model_name="acceptance",
            name="text_hash",
            field=models.CharField(blank=True, default="", max_length=64),
            preserve_default=False,
        ),
    ]

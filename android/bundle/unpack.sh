#!/usr/bin/env bash
# AARs become one class folder, one resource table (base.apk) with the app's own resources, and R.java for each package: unpack.sh DIRECTORY
set -euo pipefail
cd "$(dirname "$0")"
out=$1
rm -rf "$out"/{x,res,gen,fw,classes}
mkdir -p "$out"/{x,res,gen,fw,classes}
packages=
for aar in "$out"/aars/*.aar; do
    name=$(basename "$aar" .aar)
    mkdir -p "$out/x/$name"
    unzip -qo "$aar" -d "$out/x/$name"
    [ ! -f "$out/x/$name/classes.jar" ] || unzip -qo "$out/x/$name/classes.jar" -d "$out/classes" -x META-INF/MANIFEST.MF
    # Debian's aapt2 cannot read what API 34 brought.
    rm -rf "$out/x/$name"/res/*-v3[4-9]
    packages+=":$(grep -oE 'package="[^"]+"' "$out/x/$name/AndroidManifest.xml" | head -n 1 | cut -d'"' -f2)"
    if [ -n "$(ls -A "$out/x/$name/res" 2>/dev/null)" ]; then aapt2 compile --dir "$out/x/$name/res" -o "$out/res/$name.zip"; fi
done
for jar in "$out"/aars/*.jar; do
    case $jar in */android-all-*) unzip -qo "$jar" resources.arsc AndroidManifest.xml -d "$out/fw" ;;
    *) unzip -qo "$jar" -d "$out/classes" -x META-INF/MANIFEST.MF 'META-INF/*.SF' || [ $? -eq 11 ] ;; esac
done
rm -f "$out/framework-res.apk"
(cd "$out/fw" && zip -q0 ../framework-res.apk resources.arsc AndroidManifest.xml)
aapt2 compile --dir ../app/src/main/res -o "$out/app-res.zip"
tables=()
for table in "$out"/res/*.zip; do tables+=(-R "$table"); done
# The manifest as Gradle would fill it in: what stands in app/build.gradle.kts.
sed -e 's/<manifest /<manifest package="org.curtain.app" /' \
    -e '/<manifest /a <uses-sdk android:minSdkVersion="28" android:targetSdkVersion="35"/>' ../app/src/main/AndroidManifest.xml >"$out/AndroidManifest.xml"
aapt2 link --auto-add-overlay -I "$out/framework-res.apk" --manifest "$out/AndroidManifest.xml" \
    --version-code 1 --version-name 0.1.0 --java "$out/gen" --extra-packages "${packages#:}" -o "$out/base.apk" "${tables[@]}" -R "$out/app-res.zip"

#!/bin/sh
# proxy.sh open|closed POD SERVICE LABEL: lets the service send API traffic to the pod, or not, by the label that its
# selector asks for. proxy.sh is-open|is-closed: 0 when the service's endpoints agree, 1 when not (yet).
. "$(dirname "$0")/kube.sh"
listed() {
  k get endpoints "$2" -o 'jsonpath={range .subsets[*].addresses[*]}{.targetRef.name}{"\n"}{end}' | grep -qx "$1"
}
case $1 in
  open | closed) k label pod "$2" "$4=$1" --overwrite ;;
  is-open) listed "$2" "$3" ;;
  is-closed) ! listed "$2" "$3" ;;
esac
